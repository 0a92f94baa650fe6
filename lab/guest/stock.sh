#!/bin/bash
# Unpacks packages of a Debian release, with all that they depend on, into a root file system; configures none of them.
# usage: stock.sh ROOT SUITE ARCHIVE PACKAGE...
set -euo pipefail
root=$1 suite=$2 archive=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/{lists,archives}/partial
# Nothing is installed, as far as this apt knows.
: >"$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >"$work/sources.list"
apt=(
  apt-get -q -y -o Debug::NoLocking=true -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o Acquire::Languages=none
  -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
  -o "Dir::State::status=$work/status" -o "Dir::Cache::archives=$work/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
)
"${apt[@]}" update
"${apt[@]}" --download-only install "$@"

mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{dev,mnt,proc,run,sys,tmp}
for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$root/$directory"; done
for package in "$work"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root"
done
rm -rf "$root"/usr/share/{doc,man,locale}
# What the configuration of the packages would have put there.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
cp "$root/usr/share/openssh/sshd_config" "$root/etc/ssh/sshd_config"
cp "$root"/usr/share/unattended-upgrades/50unattended-upgrades "$root"/usr/share/unattended-upgrades/20auto-upgrades "$root/etc/apt/apt.conf.d/"
echo 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
