#!/bin/sh
# Brings the machine into the state that containerd, the kubelet and kube-proxy expect, at every boot.
set -eu
report=/opt/kovhernetes/lib/report.sh
state=/run/kovhernetes
mkdir -p "$state"

# Docker's bridge takes 172.17.0.0/16 by default, which is also the default pod network.
if [ -e /sys/class/net/docker0 ]; then
  "$report" --problem "this image runs Docker (interface docker0); use an image without it"
  exit 1
fi

if grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf; then
  "$report" --problem "this image's own firewall (ufw) is on and drops the cluster's packets: use one where it is off, or run ufw disable"
fi

while read -r module; do
  modprobe "$module"
done </etc/modules-load.d/kovhernetes.conf
/usr/lib/systemd/systemd-sysctl /etc/sysctl.d/zz-kovhernetes.conf

# systemd-resolved's stub at 127.0.0.53 answers nobody inside a pod.
resolv=/etc/resolv.conf
if [ -e /run/systemd/resolve/resolv.conf ]; then resolv=/run/systemd/resolve/resolv.conf; fi
ln -sfn "$resolv" "$state/resolv.conf"

# Nova's identifier: what cloud-init calls the instance, or the identifier in the machine's firmware tables.
is_uuid() {
  printf '%s\n' "$1" | grep -Exq '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
}
instance=$(cat /var/lib/cloud/data/instance-id 2>/dev/null || true)
if ! is_uuid "$instance"; then
  instance=$(tr '[:upper:]' '[:lower:]' </sys/class/dmi/id/product_uuid 2>/dev/null || true)
fi
if is_uuid "$instance"; then
  printf 'PROVIDER_ID=openstack:///%s\n' "$instance" >"$state/provider.env"
else
  "$report" --problem "no instance identifier found: the node is registered without a provider identifier"
  : >"$state/provider.env"
fi

# The control plane is known by its etcd.
kind=node
if [ -e /etc/systemd/system/etcd.service ]; then kind=master; fi
mkdir -p "$state/kubelet.d"
/opt/kovhernetes/lib/reserve.sh "$kind" </proc/meminfo >"$state/kubelet.d/reserved.conf"

: >"$state/host-ready"
"$report" "host is prepared"
