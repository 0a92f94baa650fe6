#!/bin/bash
# Makes the guest's root file system with its packages, and nothing configured yet.
# Runs in a mount namespace of its own: what it mounts goes when it ends.
# usage: packages.sh ROOT SUITE ARCHIVE SECURITY_ARCHIVE|'' PACKAGE...
set -euo pipefail
root=$1 suite=$2 archive=$3 security=$4
shift 4

debootstrap --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$suite" "$root" "$archive"

{
  echo "deb $archive $suite main"
  echo "deb $archive $suite-updates main"
  if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
} >"$root/etc/apt/sources.list"

# Only for this installation: no daemon starts, nothing is synced, no manual pages or translations.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
printf '%s\n' force-unsafe-io 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' \
  'path-exclude=/usr/share/locale/*' >"$root/etc/dpkg/dpkg.cfg.d/lab"
printf '%s\n' 'APT::Install-Recommends "false";' 'Acquire::Languages "none";' 'Acquire::Retries "4";' \
  >"$root/etc/apt/apt.conf.d/90lab"

# The kernel's own initial RAM disk is not used: image.sh makes a smaller one.
mkdir -p "$root/etc/initramfs-tools/conf.d"
echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/lab"

cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$root" apt-get update -q
chroot "$root" apt-get -y -q dist-upgrade
chroot "$root" apt-get -y -q install "$@"
chroot "$root" apt-get clean
umount -R "$root/dev" "$root/sys" "$root/proc"

rm "$root/usr/sbin/policy-rc.d" "$root/etc/dpkg/dpkg.cfg.d/lab" "$root/etc/apt/apt.conf.d/90lab"
rm -rf "${root:?}"/var/lib/apt/lists/* "${root:?}"/etc/resolv.conf
