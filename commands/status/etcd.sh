# shellcheck shell=sh
# What `status` runs as root on a master: prints etcd's health, figures, disk and snapshots, one line of a name and a value in
# base64 each, and changes nothing.
set -u
pki=/etc/etcd/pki
storage=/var/lib/etcd
timer=kovhernetes-etcd-snapshot

ask() { # path
  curl --silent --show-error --max-time 20 --cacert "$pki/ca.crt" --cert "$pki/health-client.crt" --key "$pki/health-client.key" \
    "https://127.0.0.1:2379$1" 2>&1
}

tell() { # name; value on standard input
  printf '%s\t%s\n' "$1" "$(base64 -w 0)"
}

ask /health | tell health
ask /metrics | grep -E '^etcd_(server_(has_leader|is_leader|quota_backend_bytes|version)|mvcc_db_total_size_in_bytes)' | tell metrics
df --block-size=1 --output=size,avail "$storage" | tail -n 1 | tell disk
find "$storage/snapshots" -maxdepth 1 -type f -name 'snapshot-*.db' -printf '%f %s\n' 2>/dev/null | sort | tell snapshots
# Since when snapshots have been taken here, seconds since 1970, and how the last attempt ended.
stat -c %Y "/etc/systemd/system/$timer.timer" 2>/dev/null | tell snapshots-since
systemctl show --property=Result --value "$timer.service" 2>/dev/null | tell snapshots-result
