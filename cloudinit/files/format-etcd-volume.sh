#!/bin/sh
# Makes a file system on the etcd volume when, and only when, the volume is blank, or was when this script began to and was cut short: a mark in
# the volume's last MiB but one, where mkfs writes nothing, is there from before mkfs until what it wrote is on the disk. Nothing is mounted with it.
set -eu
report=/opt/kovhernetes/lib/report.sh
device=/dev/kovhernetes/etcd
label=kovhernetes-etcd

refuse() {
  "$report" --problem "the etcd volume is left alone: $1. Erase it (wipefs, then zero its first MiB) or configure another volume"
  exit 1
}

mark="kovhernetes-etcd is being made"
bytes=$(blockdev --getsize64 "$device" 2>/dev/null || stat -L -c %s "$device")
# mkfs writes at the very end too, over what RAID may have left there.
place=$((bytes / 512 - 4096))
put_mark() { # standard input
  dd of="$device" bs=512 seek="$place" count=1 conv=sync,notrunc,fsync status=none
}
format() {
  printf '%s' "$mark" | put_mark
  # Discarding would take the mark with it.
  mkfs.ext4 -q -F -E nodiscard -L "$label" "$device"
  sync "$device"
  put_mark </dev/zero
  "$report" "etcd volume formatted"
  exit 0
}

marked=no
if [ "$(dd if="$device" bs=512 skip="$place" count=1 status=none | tr -d '\000')" = "$mark" ]; then marked=yes; fi
status=0
found=$(blkid -p -s TYPE -o value "$device") || status=$?
case $status in
  0)
    found_label=$(blkid -p -s LABEL -o value "$device" || true)
    if [ "$found" != ext4 ] || [ "$found_label" != "$label" ]; then
      refuse "it holds ${found:-something} labelled '$found_label', not an ext4 labelled '$label'"
    fi
    if [ "$marked" = yes ]; then format; fi
    "$report" "etcd volume found with its data"
    exit 0
    ;;
  2) ;;
  *) refuse "blkid cannot tell what it holds (status $status)" ;;
esac
if [ "$marked" = yes ]; then format; fi
first=1048576
if [ "$(head -c "$first" "$device" | wc -c)" -ne "$first" ]; then refuse "its first MiB cannot be read"; fi
if [ "$(head -c "$first" "$device" | tr -d '\000' | wc -c)" -ne 0 ]; then
  refuse "it has no file system known to blkid, but it is not blank"
fi
format
