module kovhernetes.dev/lab/engine/terraform

go 1.26

require github.com/terraform-provider-openstack/terraform-provider-openstack v1.54.1
