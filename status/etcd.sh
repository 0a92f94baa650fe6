# shellcheck shell=sh
# What `status` runs as root on a master: prints etcd's health, figures, disk and newest snapshot, one line of tab-separated
# fields each, and changes nothing.
set -u
pki=/etc/etcd/pki
storage=/var/lib/etcd

ask() { # path
  curl --silent --show-error --max-time 20 --cacert "$pki/ca.crt" --cert "$pki/health-client.crt" --key "$pki/health-client.key" \
    "https://127.0.0.1:2379$1" 2>&1
}

printf 'health\t%s\n' "$(ask /health | base64 -w 0)"
printf 'metrics\t%s\n' "$(ask /metrics | grep -E '^etcd_(server|mvcc)_' | base64 -w 0)"
printf 'disk\t%s\n' "$(df --block-size=1 --output=size,avail "$storage" | tail -n 1 | base64 -w 0)"
printf 'snapshot\t%s\n' "$(find "$storage/snapshots" -maxdepth 1 -type f -name 'snapshot-*.db' -printf '%f %s %T@\n' 2>/dev/null |
  sort | tail -n 1 | base64 -w 0)"
