#!/bin/sh
# Fails unless the file $1 is a whole snapshot of etcd; prints what it holds as one line of JSON. etcd puts the SHA-256 of a snapshot
# at its end, and `snapshot status` does not look at it.
set -eu
file=$1
actual=$(head -c -32 "$file" | sha256sum)
written=$(tail -c 32 "$file" | od -An -v -tx1 | tr -d ' \n')
if [ "${actual%% *}" != "$written" ]; then
  echo "${file##*/} is damaged: its SHA-256 is not the one at its end" >&2
  exit 1
fi
exec /opt/kovhernetes/bin/etcdutl snapshot status "$file" --write-out=json
