#!/bin/bash
# Configures the guest's root file system and writes it out as a disk, a kernel and an initial RAM disk.
# usage: image.sh PACKAGES_ROOT SOURCE OUTPUT, SOURCE being the folder of this script
set -euo pipefail
packages=$1 source=$2 output=$3
root=$output/root

cp -a "$packages" "$root"
cp -a --no-preserve=ownership "$source/files/." "$root/"

# Names and identity come from cloud-init and the first boot, network settings from cloud-init.
: >"$root/etc/machine-id"
echo localhost >"$root/etc/hostname"
rm -f "$root"/etc/ssh/ssh_host_*
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service

# What a machine of some hours does not need, and would do in its first minutes under emulation.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-pstore.service \
  modprobe@drm.service modprobe@efi_pstore.service getty@tty1.service \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-network-generator.service \
  systemd-udev-load-credentials.service systemd-networkd-persistent-storage.service \
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
# Probes for SSH over virtual sockets, drivers of other hypervisors included: several seconds.
mkdir -p "$root/etc/systemd/system-generators"
ln -s /dev/null "$root/etc/systemd/system-generators/systemd-ssh-generator"
# Says that caches below /etc and /var are as new as /usr, so that the first boot does not make them again.
touch "$root/etc/.updated" "$root/var/.updated"

version=$(basename "$root"/lib/modules/*)
cp "$root/boot/vmlinuz-$version" "$output/vmlinuz"
echo "$version" >"$output/kernel-version"
rm -f "$root"/boot/initrd.img-*

tree=$(mktemp -d "$output/initrd.XXXXXX")
mkdir -p "$tree"/{bin,dev,lib64,modules,proc,root,sys}
install -m 755 "$source/initrd-init.sh" "$tree/init"
cp "$root/usr/bin/busybox" "$tree/bin/busybox"
chroot "$root" ldd /usr/bin/busybox | grep -o '/[^ ]*' | while read -r library; do
  install -D "$root$library" "$tree$library"
done
for applet in sh mount insmod sleep switch_root findfs; do ln -s busybox "$tree/bin/$applet"; done
# The config drive is an IDE CD-ROM; it has to be there before cloud-init looks, which nothing else makes sure of. Debian 13 has the bus built in.
for module in virtio_pci virtio_blk virtio_net ata_piix sr_mod; do
  chroot "$root" modprobe --set-version "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r module; do
  name=$(basename "$module" .xz)
  # Debian 12 packs none of them.
  case $module in *.xz) chroot "$root" xz -dc "$module" ;; *) cat "$root$module" ;; esac >"$tree/modules/$name"
  echo "/modules/$name" >>"$tree/modules/order"
done
# The guest has cpio, this machine need not.
mount --bind "$tree" "$root/mnt"
chroot "$root" sh -c 'cd /mnt && find . -mindepth 1 | cpio --create --format=newc --owner=0:0 --quiet' >"$output/initrd"
umount "$root/mnt"
rm -rf "$tree"

# No partition table: Nova boots the kernel directly, and cloud-init grows the file system to the flavor's disk.
size=$(($(du -sm --apparent-size "$root" | cut -f1) * 13 / 10 + 256))
truncate -s "${size}M" "$output/disk.raw"
mkfs.ext4 -q -L root -m 1 -E lazy_itable_init=0,lazy_journal_init=0 -d "$root" "$output/disk.raw"
