#!/bin/sh
# How large etcd's database may become: with its log (448 MiB), a copy (defragmentation) and a snapshot it fits into four fifths of its file
# system. One that is larger already may grow by a quarter, for etcd takes no writes beyond.
set -eu
storage=/var/lib/etcd
mkdir -p "$storage" /run/kovhernetes
# Blocks that are free, all blocks, bytes of a block; bytes of the database.
# shellcheck disable=SC2046
set -- $(stat -f -c '%a %b %S' "$storage") "$(stat -c %s "$storage/data/member/snap/db" 2>/dev/null || echo 0)"
quota=$((($2 * $3 * 4 / 5 - 469762048) / 3))
for least in 67108864 $(($4 * 5 / 4)); do
  if [ "$quota" -lt "$least" ]; then quota=$least; fi
done
if [ "$quota" -gt 4294967296 ]; then quota=4294967296; fi
echo "ETCD_QUOTA_BACKEND_BYTES=$quota" >/run/kovhernetes/etcd.env
