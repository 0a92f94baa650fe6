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
utility=/opt/kovhernetes/bin/etcdutl
status=$("$utility" snapshot status "$file" --write-out=json)
# etcd starts with no data of a newer minor version; those before 3.6 write none.
made=$(printf '%s' "$status" | sed -n 's/.*"version":"\([0-9]*\.[0-9]*\).*/\1/p')
own=$("$utility" version | sed -n 's/^API version: //p')
if [ "$(printf '%s\n' "$made" "$own" | sort -V | tail -n 1)" != "$own" ]; then
  echo "${file##*/} is of etcd $made, and this is etcd $own: restore it with a release of Kubernetes whose etcd is as new" >&2
  exit 1
fi
echo "$status"
