# shellcheck shell=sh
# Begins the script that `restore-drill` runs as root on a master; a call of `drill` follows. Prints one line of tab-separated fields
# for each thing found, and ends well even when there is nothing to restore: `refused` says why.
set -eu
umask 077
export LC_ALL=C
library=/opt/kovhernetes/lib
binaries=/opt/kovhernetes/bin
storage=/var/lib/etcd
work=
etcd=

clean() {
  if [ -n "$etcd" ]; then
    kill "$etcd" 2>/dev/null || :
    wait "$etcd" 2>/dev/null || :
  fi
  if [ -n "$work" ]; then rm -rf "$work"; fi
}
trap clean EXIT
# Also when the connection to whoever asked is gone.
trap 'exit 1' HUP INT TERM PIPE

refuse() {
  printf 'refused\t%s\n' "$1"
  exit 0
}

# The newest of the names on standard input that are not later than now, as take-snapshot.sh counts them.
newest() {
  sort | awk -F / -v latest="snapshot-$(date -u -d '5 minutes' +%Y%m%dT%H%M%SZ)" '$NF <= latest' | tail -n 1
}

# Leaves what to restore in $source, as fetch-snapshot.sh takes it.
choose() { # volume or storage
  if ! [ -x "$library/fetch-snapshot.sh" ]; then
    refuse "this master was made before snapshots were: raise master.generation and run pulumi up"
  fi
  if [ "$1" = volume ]; then
    source=$(find "$storage/snapshots" -maxdepth 1 -type f -name 'snapshot-[0-9]*.db' -printf '%f\n' 2>/dev/null | newest)
  else
    if ! [ -e /etc/kovhernetes/object-storage.json ]; then refuse "this master knows no object storage (etcdSnapshots.s3)"; fi
    if ! "$library/object-storage.py" list >"$work/list" 2>"$work/error"; then refuse "$(tail -n 1 "$work/error")"; fi
    source=$(grep '/snapshot-[0-9][^/]*[.]sealed$' "$work/list" | newest)
  fi
  if [ -z "$source" ]; then refuse "there is no snapshot: take one with systemctl start kovhernetes-etcd-snapshot"; fi
  # What was taken before a restore is of another history than what runs now.
  if [ -e "$storage/restored" ]; then
    restored=$(date -u -r "$storage/restored" +%Y%m%dT%H%M%SZ)
    taken=${source##*snapshot-}
    if [ "$(printf '%s\n' "${taken%%.*}" "$restored" | sort | head -n 1)" != "$restored" ]; then
      refuse "etcd was restored at $restored, and $source is older: take one with systemctl start kovhernetes-etcd-snapshot"
    fi
  fi
}

# A member of its own behind everything else that runs here. It listens on sockets in a folder of root's alone: the client's by its
# path, the peers' by a name in the working folder, which is what etcd takes. Nobody listens at the addresses that it gives out.
start() { # folder
  nowhere=http://127.0.0.1:1
  socket=unix://$1/client
  "$binaries/etcdutl" snapshot restore "$1/snapshot.db" --data-dir "$1/data" --name drill \
    --initial-cluster "drill=$nowhere" --initial-advertise-peer-urls "$nowhere" >"$1/error" 2>&1 ||
    refuse "the snapshot cannot be restored: $(tail -n 1 "$1/error")"
  (
    cd "$1"
    exec timeout 4h nice -n 19 ionice -c 3 "$binaries/etcd" --name drill --data-dir "$1/data" --quota-backend-bytes 8589934592 \
      --initial-cluster "drill=$nowhere" --initial-advertise-peer-urls "$nowhere" --listen-peer-urls unix://peer:1 \
      --advertise-client-urls "$nowhere" --listen-client-urls "$socket" --log-level warn >"$1/log" 2>&1
  ) &
  etcd=$!
  attempts=0
  until "$binaries/etcdctl" --endpoints "$socket" --command-timeout 5s get x >/dev/null 2>&1; do
    attempts=$((attempts + 1))
    if [ "$attempts" -gt 120 ] || ! kill -0 "$etcd" 2>/dev/null; then
      refuse "etcd does not run on what was restored: $(tail -n 1 "$1/log")"
    fi
    sleep 1
  done
}

list() { # snapshot or live
  nice -n 10 python3 "$work/list-objects.py" "$binaries/etcdctl" "$1" "$revision" 2>"$work/error" ||
    refuse "the objects cannot be read ($1): $(tail -n 1 "$work/error")"
}

drill() { # volume or storage, list-objects.py in base64
  # Not on etcd's own volume, which has its room to itself.
  work=$(mktemp -d /var/tmp/kovhernetes-drill.XXXXXX)
  began=$(date +%s)
  choose "$1"
  printf '%s' "$2" | base64 -d >"$work/list-objects.py"
  status=$("$library/fetch-snapshot.sh" "$source" "$work" 2>"$work/error") || refuse "$(tail -n 1 "$work/error")"
  printf 'snapshot\t%s\t%s\n' "$source" "$(stat -L -c %s "$work/snapshot.db")"
  sed -n 's/^ *- name: \(.*\)$/key\t\1/p' "$work/encryption-config.yaml"
  revision=$(printf '%s' "$status" | sed -n 's/.*"revision":\([0-9]*\).*/\1/p')
  start "$work"
  printf 'seconds\t%s\n' "$(($(date +%s) - began))"
  ETCDCTL_ENDPOINTS=$socket list snapshot
  set -a
  # shellcheck source=/dev/null
  . /etc/kovhernetes/snapshot.env
  set +a
  list live
  printf 'complete\n'
}
