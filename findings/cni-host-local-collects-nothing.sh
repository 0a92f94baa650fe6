#!/usr/bin/env bash
# host-local, which hands out addresses under flannel and most simple networks, says that it speaks CNI 1.1.0. Asked to collect what is
# left over (GC, the command that 1.1.0 brought for machines that lost power), it succeeds and frees nothing. Asked whether pods can be added
# (STATUS), it says yes with no address left.
#
# Guessed before: GC frees the address of a container that is not in the list of valid ones; STATUS of a full range is an error.
# Seen: GC ends with 0 and both addresses are still taken, so that the next ADD finds none; STATUS ends with 0 as well.
# With: github.com/containernetworking/plugins v1.9.1 (plugins/ipam/host-local); Go 1.24 or later.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
GOTOOLCHAIN=local GOBIN=$folder go install github.com/containernetworking/plugins/plugins/ipam/host-local@v1.9.1 2>/dev/null

# Two addresses: .1 is the gateway, .7 the broadcast address, the range ends with .3.
configuration() { # valid attachments
  printf '{"cniVersion":"1.1.0","name":"pods","cni.dev/valid-attachments":%s,"ipam":{"type":"host-local","dataDir":"%s","subnet":"10.9.0.0/29","rangeEnd":"10.9.0.3"}}' "$1" "$folder/leases"
}
ask() { # command, container
  status=0
  CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/none CNI_IFNAME=eth0 CNI_PATH=. ./host-local >answer.json <<<"$(configuration "$3")" || status=$?
  echo "$1${2:+ $2}: $status"
}
{
  ask ADD one '[]'
  ask ADD two '[]'
  ask STATUS "" '[]'
  ask GC "" '[{"containerID":"one","ifname":"eth0"}]'
  echo "taken: $(cd leases/pods && echo 10.*)"
  ask ADD three '[]'
} | tee seen.txt
diff seen.txt - <<'SEEN'
ADD one: 0
ADD two: 0
STATUS: 0
GC: 0
taken: 10.9.0.2 10.9.0.3
ADD three: 1
SEEN
echo "as found"
