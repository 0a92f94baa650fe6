#!/bin/busybox sh
# shellcheck shell=dash
# First program of a guest: finds the root file system that the kernel's command line names, and enters it.
# The cloud kernel has nearly everything built in; the modules that it needs before udev runs are listed by image.sh.
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
while read -r module; do insmod "$module"; done </modules/order
root=LABEL=root
read -r arguments </proc/cmdline
for argument in $arguments; do
  case $argument in root=*) root=${argument#root=} ;; esac
done
attempts=100
until device=$(findfs "$root" 2>/dev/null) || [ "$attempts" = 0 ]; do
  sleep 0.1
  attempts=$((attempts - 1))
done
mount -t ext4 -o rw,noatime "$device" /root || exec sh
for directory in dev proc sys; do
  mount --move "/$directory" "/root/$directory"
done
exec switch_root /root /sbin/init
