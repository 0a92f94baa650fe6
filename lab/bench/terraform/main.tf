# What a cluster with var.nodes nodes is made of, resource by resource, for Terraform: what there is once, and a module for each machine.

terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

variable "nodes" { type = number }
variable "external_network_id" { type = string }
variable "ssh_public_key" { type = string }

locals {
  # The cloud is asked for these one by one, so that a graph without them is a smaller one.
  tags                   = ["kovhernetes:cluster=bench-terraform"]
  ten                    = "xxxxxxxxxx"
  key_text               = join("", [for index in range(22) : local.ten])
  certificate_text       = join("", [for index in range(70) : local.ten])
  authority_keys         = terraform_data.authority_key[*].output
  authority_certificates = terraform_data.authority_certificate[*].output
}

resource "terraform_data" "authority_key" {
  count = 3
  input = "${count.index}${local.key_text}"
}

resource "terraform_data" "authority_certificate" {
  count = 3
  input = "${substr(terraform_data.authority_key[count.index].output, 0, 1)}${local.certificate_text}"
}

resource "terraform_data" "service_account" {
  input = local.key_text
}

module "master_certificates" {
  source                 = "./certificates"
  leaves                 = { for index in range(11) : "master-${index}" => index % 3 }
  authority_keys         = local.authority_keys
  authority_certificates = local.authority_certificates
}

resource "openstack_networking_network_v2" "network" {
  name = "bench-terraform"
  tags = local.tags
}

resource "openstack_networking_subnet_v2" "subnet" {
  network_id = openstack_networking_network_v2.network.id
  cidr       = "192.168.0.0/16"
  ip_version = 4
  tags       = local.tags
}

resource "openstack_networking_router_v2" "router" {
  name                = "bench-terraform"
  external_network_id = var.external_network_id
  tags                = local.tags
}

resource "openstack_networking_router_interface_v2" "interface" {
  router_id = openstack_networking_router_v2.router.id
  subnet_id = openstack_networking_subnet_v2.subnet.id
}

resource "openstack_networking_secgroup_v2" "group" {
  count = 2
  name  = "bench-terraform-${count.index}"
  tags  = local.tags
}

resource "openstack_networking_secgroup_rule_v2" "rule" {
  count             = 7
  security_group_id = openstack_networking_secgroup_v2.group[count.index % 2].id
  direction         = "ingress"
  ethertype         = "IPv4"
  protocol          = "tcp"
  port_range_min    = 1000 + count.index
  port_range_max    = 1000 + count.index
  remote_ip_prefix  = "192.168.0.0/16"
}

resource "openstack_compute_keypair_v2" "key" {
  name       = "bench-terraform"
  public_key = var.ssh_public_key
}

resource "openstack_blockstorage_volume_v3" "volume" {
  size = 1
  metadata = {
    "kovhernetes:cluster" = "bench-terraform"
    "kovhernetes:role"    = "master"
    "kovhernetes:pool"    = "default"
    "kovhernetes:ordinal" = "0"
  }
}

resource "openstack_compute_volume_attach_v2" "volume" {
  instance_id = module.machine["0"].id
  volume_id   = openstack_blockstorage_volume_v3.volume.id
}

module "machine" {
  for_each               = { for index in range(var.nodes + 1) : tostring(index) => index }
  source                 = "./machine"
  index                  = each.value
  tags                   = local.tags
  network_id             = openstack_networking_network_v2.network.id
  subnet_id              = openstack_networking_subnet_v2.subnet.id
  interface_id           = openstack_networking_router_interface_v2.interface.id
  security_group_ids     = openstack_networking_secgroup_v2.group[*].id
  key_pair               = openstack_compute_keypair_v2.key.name
  authority_keys         = local.authority_keys
  authority_certificates = local.authority_certificates
}
