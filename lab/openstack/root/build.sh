#!/bin/bash
# Makes the cloud's root file system: a minimal Debian, then the packages named as arguments.
# Runs in mount and PID namespaces of its own, so nothing that it mounts is seen outside or outlives it.
#   build.sh ROOT SUITE SOURCES_FILE APT_OPTIONS_FILE PACKAGE...
set -euo pipefail
root=$1 suite=$2 sources=$3 apt_options=$4
shift 4
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$sources")
# eatmydata drops dpkg's many fsync calls: an interrupted build is thrown away as a whole.
debootstrap --variant=minbase --include=ca-certificates,eatmydata "$suite" "$root" "$mirror"

cp "$sources" "$root/etc/apt/sources.list"
cp "$apt_options" "$root/etc/apt/apt.conf.d/90host"
cat >"$root/etc/apt/apt.conf.d/91lab" <<'OPTIONS'
APT::Install-Recommends "0";
APT::Install-Suggests "0";
APT::Keep-Downloaded-Packages "0";
Acquire::Languages "none";
Acquire::Retries "4";
OPTIONS
cat >"$root/etc/dpkg/dpkg.cfg.d/lab" <<'OPTIONS'
force-unsafe-io
path-exclude=/usr/share/man/*
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
OPTIONS
# No package may start a service while it is being installed.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || cp /etc/resolv.conf "$root/etc/resolv.conf"

chroot "$root" apt-get update --quiet
chroot "$root" eatmydata apt-get install --yes --quiet -o Dpkg::Options::=--force-confold "$@"
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
chroot "$root" dpkg-query --show >"$root/package-versions.txt"
