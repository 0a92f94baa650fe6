#!/usr/bin/env bash
# cloud.conf of OpenStack's cloud controller and CSI plugin is read by gcfg. There a name without "=" is no mistake. For a list it
# forgets all that stood before it, for a yes-or-no it is "yes", and half a value in quotes is joined to the other half.
#
# Guessed before: a list's name alone is refused, or adds an empty element; a quote within a value stays in it.
# Seen: ["b"] of a, nothing, b; true; `ab cd` of `a"b c"d`.
# With: gopkg.in/gcfg.v1 v1.2.3, which k8s.io/cloud-provider-openstack v1.36.0 requires; Go 1.24 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOFLAGS=-mod=mod GOTOOLCHAIN=local
go mod init finding 2>/dev/null
go get gopkg.in/gcfg.v1@v1.2.3 2>/dev/null
cat > main.go <<'PROGRAM'
package main

import (
	"fmt"

	"gopkg.in/gcfg.v1"
)

func main() {
	text := `
[Networking]
internal-network-name = a
internal-network-name
internal-network-name = b
ipv6-support-disabled
address-sort-order = a"b c"d
`
	var read struct {
		Networking struct {
			InternalNetworkName []string `gcfg:"internal-network-name"`
			IPv6SupportDisabled bool     `gcfg:"ipv6-support-disabled"`
			AddressSortOrder    string   `gcfg:"address-sort-order"`
		}
	}
	err := gcfg.ReadStringInto(&read, text)
	fmt.Println("error:", err)
	fmt.Printf("list: %q\nyes-or-no: %v\nvalue: %s\n", read.Networking.InternalNetworkName, read.Networking.IPv6SupportDisabled, read.Networking.AddressSortOrder)
}
PROGRAM
go mod tidy 2>/dev/null
go run . | tee seen.txt
diff seen.txt - <<'SEEN'
error: <nil>
list: ["b"]
yes-or-no: true
value: ab cd
SEEN
echo "as found"
