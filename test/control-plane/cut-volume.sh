#!/bin/bash
# One boot of a master, as far as etcd's volume goes: format, mount, grow, key, data; it goes on writing until the power does. Prints what is on the disk for
# good, which the next boot must find.
# usage: cut-volume.sh ROOT [end]; ROOT is the directory that holds the machine's own, and the volume as disk.image
set -uo pipefail
root=$1
export PATH=$root/bin:/usr/sbin:/usr/bin:/sbin:/bin
mounted=$root/var/lib/etcd
scripts=$root/opt/kovhernetes/lib
device=$(losetup --find --show "$root/disk.image")
ln -sf "$device" "$root/dev/kovhernetes/etcd"
mkdir -p "$mounted" "$root/run/kovhernetes"
rm -f "$root/run/kovhernetes/etcd-volume-size"
echo begin
"$scripts/format-etcd-volume.sh" || echo "refused"
mount -t ext4 -o noatime,nodev,noexec,nosuid "$device" "$mounted" || echo "not mounted"
"$scripts/grow-etcd-volume.sh" || echo "does not grow"
"$scripts/make-encryption-key.sh" || echo "no key"
data=$mounted/data
key() { sha256sum <"$mounted/encryption-config.yaml" | cut -c 1-64; }
number=$(tail -n 1 "$data" 2>/dev/null || echo 0)
echo "found $number $(key)"
until [ $((number += 1)) -gt 9999 ]; do
  echo $number | dd of="$data" oflag=append conv=notrunc,fsync status=none
  echo "stored $number $(key)"
  if [ "${2-}" = end ]; then break; fi
done
if [ "${2-}" = end ]; then
  umount "$mounted"
  e2fsck -f -n "$device" >/dev/null 2>&1 && echo whole
fi
