#!/usr/bin/env bash
# host-local, which hands out addresses under flannel and most simple networks, leaves out a subnet's first and last address only as long
# as no range is written. With rangeStart or rangeEnd on them, pods get the network's own address and the broadcast address, and no word is said;
# the same program refuses a subnet that is not written with its first address.
#
# Guessed before: a range that holds the network or broadcast address is refused, or cut.
# Seen: 10.0.0.0 and 10.0.0.255 are given to containers.
# With: github.com/containernetworking/plugins v1.9.1 (plugins/ipam/host-local); Go 1.24 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
GOTOOLCHAIN=local GOBIN=$folder go install github.com/containernetworking/plugins/plugins/ipam/host-local@v1.9.1 2>/dev/null

add() { # range's name, container, range
  # What it refuses is seen by its words.
  { CNI_COMMAND=ADD CNI_CONTAINERID=$2 CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=. ./host-local <<<"{\"cniVersion\":\"1.0.0\",\"name\":\"$1\",\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"$folder/leases\",$3}}" || :; } |
    grep -oE '"address": *"[^"]*"|"msg": *"[^:]*' | cut -d '"' -f 4
}
{
  add plain one '"subnet":"10.0.0.0/24"'
  add first one '"subnet":"10.0.0.0/24","rangeStart":"10.0.0.0"'
  add last one '"subnet":"10.0.0.0/24","rangeStart":"10.0.0.255","rangeEnd":"10.0.0.255"'
  add unclean one '"subnet":"10.0.0.9/24"'
} | tee seen.txt
diff seen.txt - <<'SEEN'
10.0.0.2/24
10.0.0.0/24
10.0.0.255/24
invalid range set 0
SEEN
echo "as found"
