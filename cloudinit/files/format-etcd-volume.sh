#!/bin/sh
# Makes a file system on the etcd volume when, and only when, the volume is blank.
set -eu
report=/opt/kovhernetes/lib/report.sh
device=/dev/kovhernetes/etcd
label=kovhernetes-etcd

refuse() {
  "$report" --problem "the etcd volume is left alone: $1. Erase it (wipefs, then zero its first MiB) or configure another volume"
  exit 1
}

status=0
found=$(blkid -p -s TYPE -o value "$device") || status=$?
case $status in
  0)
    found_label=$(blkid -p -s LABEL -o value "$device" || true)
    if [ "$found" != ext4 ] || [ "$found_label" != "$label" ]; then
      refuse "it holds ${found:-something} labelled '$found_label', not an ext4 labelled '$label'"
    fi
    "$report" "etcd volume found with its data"
    exit 0
    ;;
  2) ;;
  *) refuse "blkid cannot tell what it holds (status $status)" ;;
esac
first=1048576
if [ "$(head -c "$first" "$device" | wc -c)" -ne "$first" ]; then refuse "its first MiB cannot be read"; fi
if [ "$(head -c "$first" "$device" | tr -d '\000' | wc -c)" -ne 0 ]; then
  refuse "it has no file system known to blkid, but it is not blank"
fi
mkfs.ext4 -q -L "$label" "$device"
"$report" "etcd volume formatted"
