#!/bin/bash
# Runs a command in a root file system that it cannot alter: writes go to memory and are gone afterwards.
# Runs in mount and process namespaces of its own. usage: chroot.sh ROOT [--bind SOURCE TARGET]... -- COMMAND...
set -euo pipefail
root=$1
shift
# The mount point is any folder that exists; what is mounted there is seen in this namespace alone.
view=/mnt
mount -t tmpfs -o mode=755 tmpfs "$view"
mkdir "$view"/{upper,work,root}
mount -t overlay -o "lowerdir=$root,upperdir=$view/upper,workdir=$view/work" overlay "$view/root"
mount -t proc proc "$view/root/proc"
mount -t tmpfs -o mode=755 tmpfs "$view/root/dev"
for device in null zero full random urandom; do
  touch "$view/root/dev/$device"
  mount --bind "/dev/$device" "$view/root/dev/$device"
done
ln -s /proc/self/fd "$view/root/dev/fd"
mount -t tmpfs tmpfs "$view/root/run"
while [ "$1" = --bind ]; do
  source=$2 target=$view/root$3
  if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}" && touch "$target"; fi
  mount --bind "$source" "$target"
  mount -o remount,bind,ro "$target"
  shift 3
done
shift
exec chroot "$view/root" "$@"
