#!/bin/sh
# Keeps pods from the metadata service, which hands out the user data and with it this machine's keys.
# The raw table comes before anything kube-proxy or flannel write, and neither touches it. Processes of the host,
# whose packets do not pass PREROUTING, still reach the service.
set -eu
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
guard() {
  if ! iptables -w 60 -t raw -C PREROUTING "$@" 2>/dev/null; then
    iptables -w 60 -t raw -I PREROUTING 1 "$@"
  fi
}
guard -s "$POD_CIDR" -d 169.254.169.254/32 -j DROP
guard -i cni0 -d 169.254.169.254/32 -j DROP
