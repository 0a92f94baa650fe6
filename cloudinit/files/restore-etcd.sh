#!/bin/sh
# Before etcd starts: makes its data anew from SNAPSHOT, once. What there was is kept beside. An attempt that was cut short is
# taken up at the next start; one that fails leaves everything as it was, and etcd does not start.
set -eu
umask 077
# shellcheck source=/dev/null
. /etc/kovhernetes/restore.env
library=/opt/kovhernetes/lib
storage=/var/lib/etcd
# Names of the snapshots that were restored here, one a line.
record=$storage/restored
next=$storage/restoring

fail() {
  "$library/report.sh" --problem "etcd is not restored from $SNAPSHOT: $1"
  # The unit tries again at once, and what is wrong may cost a long download.
  sleep 60
  exit 1
}

# Each step is done or not, whenever the machine stops: what is still below $next is not in place yet.
finish() {
  kept=$(cat "$next/kept")
  mkdir -p "$kept"
  for part in encryption-config.yaml data; do
    if [ -e "$next/$part" ]; then
      if [ -e "$storage/$part" ]; then mv -T "$storage/$part" "$kept/$part"; fi
      mv -T "$next/$part" "$storage/$part"
    fi
  done
  cat "$next/snapshot" >>"$record"
  sync "$record" "$storage"
  rm "$next/complete"
  rm -rf "$next"
  # Nothing was there on a new volume.
  rmdir "$kept" 2>/dev/null || true
}

mkdir -p "$storage"
if [ -e "$next/complete" ]; then finish; fi
rm -rf "$next"
if grep -Fxqs -e "$SNAPSHOT" "$record"; then exit 0; fi

mkdir "$next" "$next/set"
if ! "$library/fetch-snapshot.sh" "$SNAPSHOT" "$next/set" >"$next/status" 2>"$next/error"; then
  fail "$(tail -n 1 "$next/error")"
fi
# Watchers must not be told of revisions that they know with other content: https://etcd.io/docs/v3.6/op-guide/recovery/
if ! /opt/kovhernetes/bin/etcdutl snapshot restore "$next/set/snapshot.db" --data-dir "$next/data" \
  --name "$NAME" --initial-cluster "$INITIAL_CLUSTER" --initial-cluster-token "$INITIAL_CLUSTER_TOKEN" \
  --initial-advertise-peer-urls "$PEER_URL" --bump-revision 1000000000 --mark-compacted >"$next/error" 2>&1; then
  fail "etcdutl says: $(tail -n 1 "$next/error")"
fi
cat "$next/set/encryption-config.yaml" >"$next/encryption-config.yaml"
printf '%s\n' "$SNAPSHOT" >"$next/snapshot"
kept=$storage/before-restore-$(date -u +%Y%m%dT%H%M%SZ)
printf '%s\n' "$kept" >"$next/kept"
status=$(cat "$next/status")
rm -rf "$next/set"
sync
: >"$next/complete"
sync "$next/complete" "$next"
finish
if [ -e "$kept" ]; then kept="; what there was is in $kept"; else kept=; fi
"$library/report.sh" "etcd is restored from $SNAPSHOT, $status$kept"
