#!/bin/sh
# Grows the file system on the mounted etcd volume to the size of its disk, while etcd runs; nothing where it fills it.
set -eu
report=/opt/kovhernetes/lib/report.sh
seen=/run/kovhernetes/etcd-volume-size
device=$(readlink -f /dev/kovhernetes/etcd)
# A SCSI disk tells of a new size when it is asked; others tell of it themselves, and have no such file.
rescan=/sys/class/block/${device##*/}/device/rescan
if [ -w "$rescan" ]; then echo 1 >"$rescan"; fi
size=$(blockdev --getsize64 "$device")
if [ "$(cat "$seen" 2>/dev/null || true)" = "$size" ]; then exit 0; fi
# It grows what is mounted online, and does nothing to what fills its disk (resize2fs(8)).
if ! output=$(resize2fs "$device" 2>&1); then
  "$report" --problem "the etcd volume's file system does not grow with its disk: $(echo "$output" | grep "^resize2fs:" | tail -n 1)"
  exit 1
fi
case $output in
  *'is now '*) "$report" "etcd volume has grown: its disk has $((size / 1048576)) MiB; etcd's quota follows when etcd starts again" ;;
esac
mkdir -p "${seen%/*}"
echo "$size" >"$seen"
