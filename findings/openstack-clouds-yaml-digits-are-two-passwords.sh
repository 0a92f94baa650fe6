#!/usr/bin/env bash
# A password of digits alone, unquoted in clouds.yaml, is another one for each of OpenStack's two families of clients. openstacksdk (and the
# openstack command) has YAML make a number of it and writes that number as text; gophercloud (Terraform, Pulumi, Kubernetes' parts) takes
# the letters as they stand. `openstack token issue` says "unauthorized" where the same file works for Terraform.
#
# Guessed before: both send the digits that the file shows.
# Seen: 0123456 is sent as 42798 (octal) by openstacksdk, 12:34:56 as 45296 (base 60), 1_000 as 1000; gophercloud sends the text.
# With: openstacksdk 4.22.0 (PyPI, Python 3.11 or newer), github.com/gophercloud/gophercloud/v2 v2.10.0 (Go).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check openstacksdk==4.22.0
passwords=(0123456 12:34:56 1_000 "'0123456'")
{
  echo "clouds:"
  for number in "${!passwords[@]}"; do
    echo "  cloud$number:"
    echo "    auth: { auth_url: 'https://keystone.example/v3', username: ada, project_name: shop, password: ${passwords[$number]} }"
  done
} > clouds.yaml

cat > read.py <<'SCRIPT'
import openstack

for number in range(4):
    password = openstack.config.OpenStackConfig().get_one(cloud=f"cloud{number}").config["auth"]["password"]
    print("openstacksdk", f"cloud{number}", password)
SCRIPT
cat > main.go <<'SCRIPT'
package main

import (
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
)

func main() {
	for number := range 4 {
		name := fmt.Sprintf("cloud%d", number)
		options, _, _, err := clouds.Parse(clouds.WithCloudName(name))
		if err != nil {
			panic(err)
		}
		fmt.Println("gophercloud", name, options.Password)
	}
}
SCRIPT
(go mod init example && go get github.com/gophercloud/gophercloud/v2@v2.10.0 && go mod tidy) >/dev/null 2>&1
for variable in $(compgen -e OS_ || true); do unset "$variable"; done
{
  python/bin/python read.py
  go run .
} | tee seen.txt
diff seen.txt - <<'SEEN'
openstacksdk cloud0 42798
openstacksdk cloud1 45296
openstacksdk cloud2 1000
openstacksdk cloud3 0123456
gophercloud cloud0 0123456
gophercloud cloud1 12:34:56
gophercloud cloud2 1_000
gophercloud cloud3 0123456
SEEN
echo "as found"
