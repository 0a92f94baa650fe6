# shellcheck shell=sh
# What `status` runs as root on a machine: prints which of its own firewall's rules are there, one line of a name and `yes` or `no`
# each, and changes nothing.
set -u
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
metadata=169.254.169.254/32

tell() { # name, command
  name=$1
  shift
  if "$@" >/dev/null 2>&1; then printf '%s\tyes\n' "$name"; else printf '%s\tno\n' "$name"; fi
}

has_route() {
  ip rule show "$@" to "$metadata" | grep -q blackhole
}

tell metadata-addresses iptables -w 20 -t raw -C PREROUTING -s "$POD_CIDR" -d "$metadata" -j DROP
tell metadata-bridge iptables -w 20 -t raw -C PREROUTING -i cni0 -d "$metadata" -j DROP
tell metrics iptables -w 20 -C OUTPUT -o lo -p tcp -d 127.0.0.1 --dport 10249 -j REJECT --reject-with tcp-reset
tell services iptables -w 20 -t nat -C PREROUTING -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES
# Machines of earlier generations have no more than that.
if [ -e /etc/systemd/system/kovhernetes-guard.service ]; then
  tell route-addresses has_route from "$POD_CIDR"
  tell route-bridge has_route iif cni0
  tell watched systemctl --quiet is-active kovhernetes-guard.service
  printf 'lost\t%s\n' "$(tail -n 1 /run/kovhernetes/guard-lost 2>/dev/null)"
fi
