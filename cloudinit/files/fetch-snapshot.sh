#!/bin/sh
# Puts a snapshot into the empty folder $2, checked: snapshot.db, and encryption-config.yaml with the keys of its Secrets. $1 is the
# file name of one on the volume, or s3://BUCKET/KEY. Prints what it holds as one line of JSON; says on the error output what is wrong.
set -eu
umask 077
source=$1
target=$2
library=/opt/kovhernetes/lib
snapshots=/var/lib/etcd/snapshots

refuse() {
  echo "$1" >&2
  exit 1
}

case $source in
  s3://*)
    "$library/object-storage.py" get "$source" "$target/sealed"
    if ! "$library/authenticate.py" remove "$target/sealed"; then
      refuse "$source was sealed with another passphrase, or altered since"
    fi
    openssl enc -d -aes-256-ctr -pbkdf2 -iter 600000 -md sha256 -pass file:/etc/kovhernetes/snapshot-passphrase \
      -in "$target/sealed" -out "$target/archive"
    rm "$target/sealed"
    tar -C "$target" -xzf "$target/archive" --no-same-owner
    rm "$target/archive"
    # Whoever can write to the bucket may give one snapshot the name of another, but cannot change the names that are sealed.
    name=$(basename "$source" .sealed)
    if ! [ -e "$target/$name.db" ]; then refuse "$source holds another snapshot than its name says"; fi
    mv "$target/$name.db" "$target/snapshot.db"
    mv "$target/$name.encryption-config.yaml" "$target/encryption-config.yaml"
    ;;
  *)
    for file in "$source" "${source%.db}.encryption-config.yaml"; do
      if ! [ -s "$snapshots/$file" ]; then
        refuse "$file is not in $snapshots: copy it there, or name another snapshot"
      fi
    done
    ln -s "$snapshots/$source" "$target/snapshot.db"
    ln -s "$snapshots/${source%.db}.encryption-config.yaml" "$target/encryption-config.yaml"
    ;;
esac
exec "$library/check-snapshot.sh" "$target/snapshot.db"
