#!/bin/bash
# First process in a cloud's new namespaces: puts its root file system together, moves into it, becomes supervisord.
#   enter.sh STATE_DIRECTORY LOWER_DIRECTORIES [SOURCE TARGET]...
# STATE_DIRECTORY holds upper, work and merged. Each SOURCE is bound read-only at TARGET.
set -euo pipefail
state=$1 lower=$2
shift 2
root=$state/merged

# No feature that would tie the upper layer to this mount: it may become the lower layer of another one.
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$state/upper,workdir=$state/work" \
  -o index=off,redirect_dir=off,metacopy=off,xino=off,volatile "$root"

while (($# >= 2)); do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$(dirname "$root$2")" && touch "$root$2"; fi
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  shift 2
done

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
while read -r name major minor; do
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done <<'DEVICES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
DEVICES
mkdir "$root/dev/net" "$root/dev/pts" "$root/dev/shm"
mknod -m 666 "$root/dev/net/tun" c 10 200
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root"/run/{lock/nova,mysqld,libvirt,sudo,netns,rabbitmq,neutron,nova,memcached}
chroot "$root" chown mysql:mysql /run/mysqld
chroot "$root" chown rabbitmq:rabbitmq /run/rabbitmq

mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
hostname cloud
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  PYTHONWARNINGS=ignore /usr/bin/supervisord -c /etc/supervisor/supervisord.conf
