#!/bin/sh
# Brings the object storage up to date: every snapshot on the volume that is newer than the newest one there is sealed and stored, and
# there too the oldest go, beyond STORAGE_KEEP; 0 leaves that to rules of the bucket. Names later than now count for nothing:
# with them, whoever can write to the bucket would have the real ones deleted, and no more of them stored.
set -eu
umask 077
export LC_ALL=C
# shellcheck source=/dev/null
. /etc/kovhernetes/snapshot.env
library=/opt/kovhernetes/lib
snapshots=/var/lib/etcd/snapshots
rm -rf "$snapshots"/.upload.*
work=$(mktemp -d "$snapshots/.upload.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
latest=snapshot-$(date -u -d '5 minutes' +%Y%m%dT%H%M%SZ)

store() { # arguments of object-storage.py
  if "$library/object-storage.py" "$@" >"$work/answer" 2>>"$work/error"; then return 0; fi
  # A lock may hold it: what had to be stored is stored.
  if [ "$1" = delete ] && tail -n 1 "$work/error" | grep -q ': HTTP 40[39] '; then return 0; fi
  "$library/report.sh" --problem "etcd snapshots are not in the object storage: $(tail -n 1 "$work/error")"
  exit 1
}

stored() { # snapshots in the storage, oldest first
  store list
  sed -n 's/^.*\/\(snapshot-[0-9]\{8\}T[0-9]\{6\}Z\)\.sealed$/\1/p' "$work/answer" | sort >"$work/named"
  awk -v latest="$latest" '$0 <= latest' "$work/named" >"$work/stored"
}

# One archive of the snapshot and its keys, encrypted, with a tag at its end by which fetch-snapshot.sh knows that nobody altered it.
seal() { # snapshot
  rm -f "$work/unpacked"
  { tar -C "$snapshots" -cz "$1.db" "$1.encryption-config.yaml" || : >"$work/unpacked"; } |
    openssl enc -aes-256-ctr -pbkdf2 -iter 600000 -md sha256 -salt -pass file:/etc/kovhernetes/snapshot-passphrase -out "$work/sealed"
  if [ -e "$work/unpacked" ]; then
    "$library/report.sh" --problem "etcd snapshot $1 cannot be packed for the object storage"
    exit 1
  fi
  "$library/authenticate.py" add "$work/sealed"
}

stored
ahead=$(awk -v latest="$latest" '$0 > latest' "$work/named" | tail -n 1)
if [ -n "$ahead" ]; then
  words="is named after a time to come and does not count"
  "$library/report.sh" --problem "etcd snapshot $ahead in the object storage $words: see who can write there, and delete it"
fi
newest=$(tail -n 1 "$work/stored")
find "$snapshots" -maxdepth 1 -type f -name 'snapshot-[0-9]*.db' -printf '%f\n' | sed 's/\.db$//' | sort |
  awk -v latest="$latest" '$0 <= latest' >"$work/here"
# Lines after the newest one that is stored; and the last, which was taken just now, whatever names there are.
awk -v newest="$newest" -v last="$(tail -n 1 "$work/here")" '$0 > newest || $0 == last' "$work/here" >"$work/missing"
while read -r name; do
  seal "$name"
  store put "$work/sealed" "$name.sealed"
  echo "stored $name"
done <"$work/missing"

if [ "$STORAGE_KEEP" -gt 0 ]; then
  stored
  head -n "-$STORAGE_KEEP" "$work/stored" >"$work/old"
  while read -r name; do
    store delete "$name.sealed"
  done <"$work/old"
  if grep ': HTTP 40[39] ' "$work/error" >"$work/refused"; then
    "$library/report.sh" "old etcd snapshots stay in the object storage: $(tail -n 1 "$work/refused")"
  fi
fi
