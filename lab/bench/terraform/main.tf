# What a cluster with var.nodes nodes is made of, resource by resource, for Terraform. There is no tls provider where the lab runs:
# terraform_data stands for each key, request and certificate, with the same dependencies, a text of the same length, and no cryptography.

terraform {
  required_providers {
    openstack = { source = "terraform-provider-openstack/openstack" }
  }
}

variable "nodes" { type = number }
variable "external_network_id" { type = string }
variable "ssh_public_key" { type = string }

locals {
  machines = { for index in range(var.nodes + 1) : tostring(index) => index }
  authorities = toset(["a", "b", "c"])
  # Of each leaf, the authority that signs it.
  leaves = merge(
    { for index in range(11) : "master-${index}" => element(["a", "b", "c"], index) },
    merge([for machine in keys(local.machines) : { for purpose in ["server", "client", "proxy"] : "machine-${machine}-${purpose}" => "a" }]...),
  )
  ten              = "xxxxxxxxxx"
  key_text         = join("", [for index in range(22) : local.ten])
  certificate_text = join("", [for index in range(70) : local.ten])
  padding          = join("", [for index in range(1000) : "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"])
}

resource "terraform_data" "authority_key" {
  for_each = local.authorities
  input    = "${each.key}${local.key_text}"
}

resource "terraform_data" "authority_certificate" {
  for_each = local.authorities
  input    = "${substr(terraform_data.authority_key[each.key].output, 0, 1)}${local.certificate_text}"
}

resource "terraform_data" "service_account" {
  input = local.key_text
}

resource "terraform_data" "key" {
  for_each = local.leaves
  input    = "${each.key}${local.key_text}"
}

resource "terraform_data" "request" {
  for_each = local.leaves
  input    = "${each.key}${substr(terraform_data.key[each.key].output, 0, 200)}"
}

resource "terraform_data" "certificate" {
  for_each = local.leaves
  input = join("", [
    substr(terraform_data.request[each.key].output, 0, 20),
    substr(terraform_data.authority_certificate[each.value].output, 0, 1),
    substr(terraform_data.authority_key[each.value].output, 0, 1),
    local.certificate_text,
  ])
}

resource "openstack_networking_network_v2" "network" {
  name = "bench-terraform"
}

resource "openstack_networking_subnet_v2" "subnet" {
  network_id = openstack_networking_network_v2.network.id
  cidr       = "192.168.0.0/16"
  ip_version = 4
}

resource "openstack_networking_router_v2" "router" {
  name                = "bench-terraform"
  external_network_id = var.external_network_id
}

resource "openstack_networking_router_interface_v2" "interface" {
  router_id = openstack_networking_router_v2.router.id
  subnet_id = openstack_networking_subnet_v2.subnet.id
}

resource "openstack_networking_secgroup_v2" "group" {
  count = 2
  name  = "bench-terraform-${count.index}"
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
}

resource "openstack_compute_volume_attach_v2" "volume" {
  instance_id = openstack_compute_instance_v2.server["0"].id
  volume_id   = openstack_blockstorage_volume_v3.volume.id
}

resource "openstack_networking_port_v2" "port" {
  for_each   = local.machines
  network_id = openstack_networking_network_v2.network.id
  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.subnet.id
    ip_address = cidrhost("192.168.0.0/16", 256 * (1 + floor(each.value / 250)) + each.value % 250 + 1)
  }
  security_group_ids = openstack_networking_secgroup_v2.group[*].id
}

resource "openstack_networking_floatingip_v2" "floating" {
  for_each   = local.machines
  pool       = "ext"
  port_id    = openstack_networking_port_v2.port[each.key].id
  depends_on = [openstack_networking_router_interface_v2.interface]
}

resource "openstack_compute_instance_v2" "server" {
  for_each    = local.machines
  name        = "bench-terraform-${each.key}"
  image_name  = "pretended"
  flavor_name = "lab.master"
  key_pair    = openstack_compute_keypair_v2.key.name
  network {
    port = openstack_networking_port_v2.port[each.key].id
  }
  user_data = join("", concat(
    [for purpose in ["server", "client", "proxy"] : terraform_data.key["machine-${each.key}-${purpose}"].output],
    [for purpose in ["server", "client", "proxy"] : terraform_data.certificate["machine-${each.key}-${purpose}"].output],
    [local.padding],
  ))
  config_drive        = true
  stop_before_destroy = true
}
