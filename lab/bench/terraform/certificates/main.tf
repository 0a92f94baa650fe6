# Keys, each with a request and a certificate. There is no tls provider where the lab runs: terraform_data stands for each of them, with the same
# dependencies, a text of the same length, and no cryptography.

variable "leaves" {
  type        = map(number)
  description = "By name: which of the authorities signs it."
}
variable "authority_keys" { type = list(string) }
variable "authority_certificates" { type = list(string) }

locals {
  ten              = "xxxxxxxxxx"
  key_text         = join("", [for index in range(22) : local.ten])
  certificate_text = join("", [for index in range(70) : local.ten])
}

resource "terraform_data" "key" {
  for_each = var.leaves
  input    = "${each.key}${local.key_text}"
}

resource "terraform_data" "request" {
  for_each = var.leaves
  input    = "${each.key}${substr(terraform_data.key[each.key].output, 0, 200)}"
}

resource "terraform_data" "certificate" {
  for_each = var.leaves
  input = join("", [
    substr(terraform_data.request[each.key].output, 0, 20),
    substr(var.authority_certificates[each.value], 0, 1),
    substr(var.authority_keys[each.value], 0, 1),
    local.certificate_text,
  ])
}

output "texts" {
  value = concat(values(terraform_data.key)[*].output, values(terraform_data.certificate)[*].output)
}
