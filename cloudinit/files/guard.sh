#!/bin/sh
# Keeps pods from the metadata service, which hands out the user data and with it this machine's keys, and closes kube-proxy's
# metrics, which speak plain HTTP on loopback: an empty address turns them off by its flag's own words, and its validation
# refuses that (validateHostPort in pkg/proxy/apis/config/validation of Kubernetes 1.35 to 1.37).
# With `watch` it goes on, and puts back what others take away: `nft -f /etc/nftables.conf` empties every table of the firewall.
set -eu
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
metadata=169.254.169.254/32
lost=
# Routing is no part of the firewall, and comes after the destination may have been rewritten. Processes of the host, whose packets
# come in by no interface and from another address, still reach the service. systemd-networkd removes rules of every other protocol.
route() {
  if ! ip rule show "$@" to "$metadata" | grep -q blackhole; then
    ip rule add "$@" to "$metadata" protocol kernel priority 169 blackhole
    lost="$lost route"
  fi
}
rule() { # table, then a rule
  table=$1
  shift
  if ! iptables -w 60 -t "$table" -C "$@" 2>/dev/null; then
    iptables -w 60 -t "$table" -I "$@"
    lost="$lost $table"
  fi
}
guard() {
  lost=
  route from "$POD_CIDR"
  route iif cni0
  # The raw table comes before anything that kube-proxy or flannel write.
  rule raw PREROUTING -s "$POD_CIDR" -d "$metadata" -j DROP
  rule raw PREROUTING -i cni0 -d "$metadata" -j DROP
  rule filter OUTPUT -o lo -p tcp -d 127.0.0.1 --dport 10249 -j REJECT --reject-with tcp-reset
}
guard
if [ "${1:-}" != watch ]; then exit; fi
mkdir -p /run/kovhernetes
while sleep 10; do
  guard
  if [ -n "$lost" ]; then
    echo "put back what was taken away:$lost"
    date -u +%FT%TZ >>/run/kovhernetes/guard-lost
  fi
done
