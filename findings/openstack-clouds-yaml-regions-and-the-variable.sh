#!/usr/bin/env bash
# One clouds.yaml with `regions: [east, west]` and OS_REGION_NAME=west in the environment: openstacksdk works in east, gophercloud in west.
# Without the variable, openstacksdk still works in east, and gophercloud in none, which means the first endpoint of each service that the
# catalogue lists, whatever its region. A script and a Terraform or Pulumi program beside each other make their things in different places.
#
# Guessed before: with several regions and none chosen both refuse, or both take the first; the variable wins in both.
# Seen: openstacksdk takes the first of the list and does not read the variable for a named cloud; gophercloud does not read the list.
# With: openstacksdk 4.22.0 (PyPI, Python 3.11 or newer), github.com/gophercloud/gophercloud/v2 v2.10.0 (Go).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check openstacksdk==4.22.0
cat > clouds.yaml <<'CLOUDS'
clouds:
  shop:
    auth: { auth_url: "https://keystone.example/v3", username: ada, password: example, project_name: shop }
    regions: [east, west]
CLOUDS

cat > read.py <<'SCRIPT'
import openstack

print("openstacksdk:", openstack.config.OpenStackConfig().get_one(cloud="shop").get_region_name() or "none")
SCRIPT
cat > main.go <<'SCRIPT'
package main

import (
	"cmp"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
)

func main() {
	_, endpoint, _, err := clouds.Parse(clouds.WithCloudName("shop"))
	if err != nil {
		panic(err)
	}
	fmt.Println("gophercloud:", cmp.Or(endpoint.Region, "none"))
}
SCRIPT
(go mod init example && go get github.com/gophercloud/gophercloud/v2@v2.10.0 && go mod tidy) >/dev/null 2>&1
for variable in $(compgen -e OS_ || true); do unset "$variable"; done
{
  echo "no variable"
  python/bin/python read.py
  go run .
  echo "OS_REGION_NAME=west"
  OS_REGION_NAME=west python/bin/python read.py
  OS_REGION_NAME=west go run .
} | tee seen.txt
diff seen.txt - <<'SEEN'
no variable
openstacksdk: east
gophercloud: none
OS_REGION_NAME=west
openstacksdk: east
gophercloud: west
SEEN
echo "as found"
