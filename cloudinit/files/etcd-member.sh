#!/bin/sh
# Who is a member of etcd, where there are several masters. Asks the members that run; never guesses where none answers.
#   join        before etcd starts: leaves in /run/kovhernetes/etcd-member.env with whom it forms a cluster, or which one it joins
#   promote     once etcd runs: ends when this member votes, which it may once it has all that the others have
#   leave NAME  takes a member out for good
set -eu
umask 077
set -a
# shellcheck source=/dev/null
. /etc/kovhernetes/etcd-member.env
set +a
library=/opt/kovhernetes/lib
run=/run/kovhernetes
own=https://127.0.0.1:2379

etcdctl() { # endpoint, arguments
  endpoint=$1
  shift
  /opt/kovhernetes/bin/etcdctl --endpoints="$endpoint" --dial-timeout=3s --command-timeout=5s "$@"
}

fail() {
  "$library/report.sh" --problem "etcd waits: $1"
  exit 1
}

# Leaves in $members what one of the other masters says, and in $asked which: members by line, as `ID, status, NAME, PEER, CLIENT, LEARNER`.
# Only who knows a quorum answers. What the client says of those that do not is in $error.
ask() {
  error=$(mktemp "$run/etcd-member.XXXXXX")
  trap 'rm -f "$error"' EXIT
  for asked in $OTHERS; do
    # The client itself takes ten seconds to see that nobody is there.
    if ! curl --silent --show-error --output /dev/null --max-time 3 --cacert "$ETCDCTL_CACERT" --cert "$ETCDCTL_CERT" --key "$ETCDCTL_KEY" \
      "$asked/version" 2>"$error"; then
      continue
    fi
    if members=$(etcdctl "$asked" member list 2>"$error"); then return 0; fi
  done
  return 1
}

# Tries for a minute, with what was said last in $error: etcd takes in one member at a time, and changes nothing unless all have been seen for seconds.
patiently() { # command
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if "$@" >"$error" 2>&1; then return 0; fi
    sleep 3
  done
  return 1
}

# A field of the member with the peer address $1, or with the name $1; nothing where there is none.
field() { # address or name, number of the field
  printf '%s\n' "$members" | awk -F ', ' -v one="$1" -v field="$2" '$4 == one || $3 == one { print $field }'
}

# Moved into place, so that nothing is read that was cut short.
leave_environment() { # initial cluster, new or existing
  printf 'ETCD_INITIAL_CLUSTER="%s"\nETCD_INITIAL_CLUSTER_STATE="%s"\n' "$1" "$2" >"$run/etcd-member.env.partial"
  mv -f "$run/etcd-member.env.partial" "$run/etcd-member.env"
}

join() {
  mkdir -p "$run"
  # Who has data is a member already, whatever the others say, and reads none of this.
  if ls /var/lib/etcd/data/member/wal/*.wal >/dev/null 2>&1; then
    leave_environment "$NAME=$PEER" existing
    return
  fi
  if ! ask; then
    # A cluster that is made now has nobody to ask.
    if [ "$FORMATION" != new ]; then
      fail "its data comes from the other masters, and none of them answers with a quorum ($(tail -n 1 "$error"))"
    fi
    leave_environment "$FOUNDERS" new
    return
  fi
  id=$(field "$PEER" 1)
  # A member that has run tells where clients reach it. Its data is gone, and with it what it promised the others: only another may come back.
  if [ -n "$id" ] && [ -n "$(field "$PEER" 5)" ]; then
    if ! patiently etcdctl "$asked" member remove "$id"; then
      fail "this member has lost its data, and the others cannot do without it ($(tail -n 1 "$error")): see docs/operations.md, \"Restore\""
    fi
    "$library/report.sh" "etcd: member $id has lost its data and was removed; it joins anew"
    id=
  fi
  if [ -z "$id" ] && ! patiently etcdctl "$asked" member add "$NAME" --learner --peer-urls="$PEER"; then
    fail "the other masters take in no member now ($(tail -n 1 "$error"))"
  fi
  members=$(etcdctl "$asked" member list)
  # One that has not run yet has no name: its identifier stands for it.
  leave_environment "$(
    printf '%s\n' "$members" | awk -F ', ' -v own="$NAME" -v peer="$PEER" '
      { name = $4 == peer ? own : $3 == "" ? $1 : $3; printf "%s%s=%s", (NR > 1 ? "," : ""), name, $4 }
    '
  )" existing
}

promote() {
  while :; do
    if status=$(etcdctl "$own" endpoint status --write-out=json 2>/dev/null); then
      case $status in
        *'"isLearner":true'*) if ask; then etcdctl "$asked" member promote "$(field "$PEER" 1)" >/dev/null 2>&1 || :; fi ;;
        *) break ;;
      esac
    fi
    sleep 1
  done
  : >"$run/etcd-votes"
}

leave() { # name
  members=$(etcdctl "$own" member list)
  id=$(field "$1" 1)
  if [ -z "$id" ]; then
    echo "$1 is no member"
    return
  fi
  # Another leader first: without one nothing is written until the others miss it.
  etcdctl "$(field "$1" 5)" move-leader "$(field "$NAME" 1)" >/dev/null 2>&1 || :
  etcdctl "$own" member remove "$id"
}

"$@"
