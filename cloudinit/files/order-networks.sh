#!/bin/sh
# For a machine with an interface on the external network beside the one on the host network: the way out and the resolvers are the external
# network's, whatever Neutron's DHCP says on the host network. Its parameters come from machine.env: ADDRESS on the host network, and
# DNS_SERVERS, which take the place of everybody's resolvers where there are any. It runs at every boot, and changes what is not so yet.
set -eu
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
report=/opt/kovhernetes/lib/report.sh
networks=/etc/systemd/network
resolved=/etc/systemd/resolved.conf.d/kovhernetes.conf

if ! systemctl is-active --quiet systemd-networkd.service; then
  "$report" --once "interfaces are not systemd-networkd's here: which resolvers and which default route count is up to the image"
  exit 0
fi

host_interface() {
  ip -4 -o address show | awk -v address="$ADDRESS" '{ split($4, part, "/"); if (part[1] == address) print $2 }'
}
# Cards alone: bridges and tunnels have no device.
other_interfaces() {
  for card in /sys/class/net/*; do
    name=${card##*/}
    if [ -e "$card/device" ] && [ "$name" != "$host" ]; then echo "$name"; fi
  done
}
# The file that networkd goes by: netplan's, or the image's own.
network_file() {
  networkctl --no-pager --lines=0 status "$1" 2>/dev/null | sed -n 's/^ *Network File: *//p'
}
wait_for() {
  for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 end; do
    if "$@"; then return 0; fi
    if [ "$attempt" = end ]; then return 1; fi
    sleep 4
  done
}
has_host_address() { [ -n "$(host_interface)" ]; }
# Every route that DHCP gave on the host network comes after those of others.
is_ordered() {
  has_host_address && ! ip -4 route show dev "$host" proto dhcp | grep -qv 'metric 2048'
}
# The routes are listed by their metric, the lowest first.
way_out() {
  ip -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }'
}
leads_outside() {
  way=$(way_out)
  [ -n "$way" ] && [ "$way" != "$host" ]
}
changed=no
write() { # file; its content comes from standard input
  new=$(cat)
  if [ "$(cat "$1" 2>/dev/null || true)" = "$new" ]; then return 0; fi
  mkdir -p "${1%/*}"
  printf '%s\n' "$new" >"$1"
  changed=yes
}
drop_in() { # network file
  echo "$networks/${1##*/}.d/90-kovhernetes.conf"
}

wait_for has_host_address || {
  "$report" --problem "no interface has the address $ADDRESS: the host network's DHCP gives another one, or none"
  exit 1
}
host=$(host_interface)
host_file=$(network_file "$host")
others=$(other_interfaces)
for other in $others; do
  # One file for all cannot tell them apart.
  if [ -z "$host_file" ] || [ "$(network_file "$other")" = "$host_file" ]; then
    "$report" --once "$host and $other have one network file (${host_file:-none}): which resolvers and which default route count is up to the image"
    exit 0
  fi
done

# A metric, since networkd takes a default route among the classless routes also where it is told to take no gateway.
write "$(drop_in "$host_file")" <<'END'
[Network]
DNS=

[DHCPv4]
RouteMetric=2048
UseDNS=no
END
if [ -n "$DNS_SERVERS" ]; then
  for other in $others; do
    write "$(drop_in "$(network_file "$other")")" <<'END'
[Network]
DNS=

[DHCPv4]
UseDNS=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
END
  done
  # Of no interface: systemd-resolved asks an interface's resolvers through that interface alone.
  write "$resolved" <<END
[Resolve]
DNS=$DNS_SERVERS
END
fi
if [ "$changed" = yes ]; then
  networkctl reload
  # shellcheck disable=SC2086
  networkctl reconfigure "$host" $others
  if [ -n "$DNS_SERVERS" ]; then systemctl try-restart systemd-resolved.service; fi
fi

# Packets that come from outside with an address of the host or pod network are forged: the way back to it is not through there.
for other in $others; do
  echo 1 >"/proc/sys/net/ipv4/conf/$other/rp_filter"
done
wait_for is_ordered || true
if wait_for leads_outside; then exit 0; fi
if [ "$(way_out)" = "$host" ]; then
  "$report" --problem "the default route leads through the host network, and no other one comes before it: openstack subnet set --gateway none"
  exit 1
fi
"$report" --once "there is no default route: the external network's subnet has no gateway"
