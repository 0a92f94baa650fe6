# A machine with its port, its floating address and its certificates.

terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

variable "index" { type = number }
variable "tags" { type = list(string) }
variable "network_id" { type = string }
variable "subnet_id" { type = string }
variable "interface_id" { type = string }
variable "security_group_ids" { type = list(string) }
variable "key_pair" { type = string }
variable "authority_keys" { type = list(string) }
variable "authority_certificates" { type = list(string) }

locals {
  padding = join("", [for index in range(1000) : "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
}

module "certificates" {
  source                 = "../certificates"
  leaves                 = { for purpose in ["server", "client", "proxy"] : "machine-${var.index}-${purpose}" => 0 }
  authority_keys         = var.authority_keys
  authority_certificates = var.authority_certificates
}

resource "openstack_networking_port_v2" "port" {
  network_id = var.network_id
  fixed_ip {
    subnet_id  = var.subnet_id
    ip_address = cidrhost("192.168.0.0/16", 256 * (1 + floor(var.index / 250)) + var.index % 250 + 1)
  }
  security_group_ids = var.security_group_ids
  tags               = var.tags
}

resource "openstack_networking_floatingip_v2" "floating" {
  pool        = "ext"
  description = "machine-${var.index}"
  tags        = var.tags
}

resource "openstack_networking_floatingip_associate_v2" "floating" {
  floating_ip = openstack_networking_floatingip_v2.floating.address
  port_id     = openstack_networking_port_v2.port.id
  # A floating address reaches a port only once its subnet has a way to the router.
  depends_on = [var.interface_id]
}

resource "openstack_compute_instance_v2" "server" {
  name        = "bench-terraform-${var.index}"
  image_name  = "pretended"
  flavor_name = "lab.master"
  key_pair    = var.key_pair
  network {
    port = openstack_networking_port_v2.port.id
  }
  user_data           = join("", concat(module.certificates.texts, [local.padding]))
  config_drive        = true
  stop_before_destroy = true
  metadata = {
    "kovhernetes:cluster" = "bench-terraform"
    "kovhernetes:role"    = var.index == 0 ? "master" : "node"
    "kovhernetes:pool"    = "default"
    "kovhernetes:ordinal" = tostring(var.index)
  }
}

output "id" { value = openstack_compute_instance_v2.server.id }
