#!/bin/sh
# Takes a snapshot of etcd, with the keys that its Secrets need beside it, and removes the oldest beyond KEEP. Readers find whole
# snapshots alone: SNAPSHOT.db is moved into place last.
set -eu
umask 077
export LC_ALL=C
set -a
# shellcheck source=/dev/null
. /etc/kovhernetes/snapshot.env
set +a
library=/opt/kovhernetes/lib
storage=/var/lib/etcd
snapshots=$storage/snapshots
keys=$storage/encryption-config.yaml
mkdir -p "$snapshots"
rm -rf "$snapshots"/.take.*
work=$(mktemp -d "$snapshots/.take.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
  "$library/report.sh" --problem "no etcd snapshot: $1"
  exit 1
}

# A name later than now comes from a clock that was wrong, and would have real ones removed: it counts for nothing.
names() { # [comparison with the latest name that counts]; oldest first
  find "$snapshots" -maxdepth 1 -type f -name 'snapshot-[0-9]*.db' -printf '%f\n' | sed 's/\.db$//' | sort |
    awk -v latest="snapshot-$(date -u -d '5 minutes' +%Y%m%dT%H%M%SZ)" "\$0 ${1:-<=} latest"
}

remove() {
  # The snapshot first: one without its keys would be taken for whole.
  rm -f "$snapshots/$1.db"
  rm -f "$snapshots/$1.encryption-config.yaml"
}

ahead=$(names '>' | tail -n 1)
if [ -n "$ahead" ]; then
  "$library/report.sh" --problem "etcd snapshot $ahead is named after a time to come and does not count: delete it"
fi

# etcd itself stops when the file system is full: a fifth of it is left alone.
has_room() {
  # Blocks that are free, all blocks, bytes of a block.
  # shellcheck disable=SC2046
  set -- $(stat -f -c '%a %b %S' "$snapshots")
  [ $(($1 * $3 - $(stat -c %s "$storage/data/member/snap/db"))) -ge $(($2 * $3 / 5)) ]
}
[ -e "$storage/data/member/snap/db" ] || fail "etcd has no data yet"
until has_room; do
  oldest=$(names | head -n 1)
  if [ "$(names | wc -l)" -lt 2 ]; then fail "the file system of $storage is too full; choose a larger etcdVolume.sizeGiB"; fi
  remove "$oldest"
  "$library/report.sh" --problem "the file system of $storage has no room for $KEEP snapshots: the oldest go earlier"
done

# Keys may be rotated meanwhile. What the snapshot holds can be read with the keys that are there before and after it.
for attempt in 1 2 3 end; do
  if [ "$attempt" = end ]; then fail "the keys of Secrets changed during each of three attempts"; fi
  cp "$keys" "$work/keys"
  # A name is the second in which the snapshot began, so that names sort by time.
  name=snapshot-$(date -u +%Y%m%dT%H%M%SZ)
  if ! /opt/kovhernetes/bin/etcdctl --command-timeout=15m snapshot save "$work/db" >"$work/log" 2>&1; then
    fail "etcdctl says: $(tail -n 1 "$work/log")"
  fi
  if cmp -s "$keys" "$work/keys"; then break; fi
done
if ! "$library/check-snapshot.sh" "$work/db" >"$work/status" 2>"$work/log"; then fail "$(tail -n 1 "$work/log")"; fi
sync "$work/db" "$work/keys"
mv -f "$work/keys" "$snapshots/$name.encryption-config.yaml"
mv -f "$work/db" "$snapshots/$name.db"
sync "$snapshots"
echo "took $name: $(cat "$work/status")"

names | head -n "-$KEEP" | while read -r old; do
  remove "$old"
done
if [ -e /etc/kovhernetes/object-storage.json ]; then "$library/upload-snapshots.sh"; fi
