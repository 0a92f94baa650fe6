#!/bin/bash
# Plays a disk of Cinder's that grows below a mounted ext4 that is written to, and prints what the machine's script makes of it.
# usage: grow-volume.sh ROOT, the directory that holds the machine's own
set -euo pipefail
root=$1
export PATH=$root/bin:/usr/sbin:/usr/bin:/sbin:/bin
mounted=$root/var/lib/etcd
mkdir -p "$root/disk" "$mounted"
mount -t tmpfs tmpfs "$root/disk"
truncate -s 1G "$root/disk/image"
device=$(losetup --find --show "$root/disk/image")
trap 'umount "$mounted"; losetup --detach "$device"; umount "$root/disk"' EXIT
ln -s "$device" "$root/dev/kovhernetes/etcd"
"$root/opt/kovhernetes/lib/format-etcd-volume.sh"
mount -t ext4 -o noatime,nodev,noexec,nosuid "$device" "$mounted"

grow() { "$root/opt/kovhernetes/lib/grow-etcd-volume.sh" 2>&1 || echo "failed with $?"; }
room() { echo "room $(($(/usr/bin/stat -f -c '%b * %S' "$mounted") / 1048576))"; }
resize() {
  truncate -s "$1" "$root/disk/image"
  losetup -c "$device"
}

echo "== fills its disk"
grow
grow
room
echo "== grows while it is written to"
for line in {1..20000}; do echo "line $line"; done >"$mounted/log" &
for size in 2G 3G; do
  resize $size
  grow
  room
  grow
done
wait
echo "== restarted, and grown while it was off"
umount "$mounted"
rm -r "$root/run/kovhernetes"
resize 4G
mount -t ext4 "$device" "$mounted"
grow
room
echo "== refused, and tried again"
resize 5G
printf '#!/bin/sh\necho "resize2fs: Permission denied to resize filesystem" >&2\nexit 1\n' >"$root/bin/resize2fs"
chmod +x "$root/bin/resize2fs"
grow
rm "$root/bin/resize2fs"
grow
room
echo "== whole"
wc -l <"$mounted/log"
tail -n 1 "$mounted/log"
umount "$mounted"
e2fsck -f -n "$device" >/dev/null 2>&1 && echo clean
mount -t ext4 "$device" "$mounted"
