# shellcheck shell=sh
# Begins the script that `rotate` runs as root on a master; a call of one of these functions follows.
set -eu
umask 077
configuration=/var/lib/etcd/encryption-config.yaml
pki=/etc/etcd/pki

# One line for each key, the first of which encrypts, and the hash by which the API server tells what it has read.
show() {
  sed -n 's/^ *- name: \(.*\)$/key\t\1/p' "$configuration"
  hash=$(sha256sum "$configuration")
  printf 'hash\tsha256:%s\n' "${hash%% *}"
}

replace() { # standard input becomes the configuration
  cat >"$configuration.partial"
  sync "$configuration.partial"
  mv -f "$configuration.partial" "$configuration"
}

# Puts a new key before the others, which still decrypt.
add() { # name
  key=$(head -c 32 /dev/urandom | base64 -w 0)
  # The key goes in by the environment of awk alone, not by its arguments.
  NAME=$1 KEY=$key awk '
    !done && /^ *- name: / {
      match($0, /^ */)
      indent = substr($0, 1, RLENGTH)
      print indent "- name: " ENVIRON["NAME"]
      print indent "  secret: " ENVIRON["KEY"]
      done = 1
    }
    { print }
  ' "$configuration" >"$configuration.next"
  replace <"$configuration.next"
  rm -f "$configuration.next"
  show
}

# Leaves the first key alone.
drop() {
  awk '
    /^ *- name: / { keys++ }
    (/^ *- name: / || /^ *secret: /) && keys > 1 { next }
    { print }
  ' "$configuration" >"$configuration.next"
  replace <"$configuration.next"
  rm -f "$configuration.next"
  show
}

# How every Secret in etcd begins, in base64: `k8s:enc:secretbox:v1:KEY:`, and nothing of what it holds. `complete` comes last, and only
# when etcdctl ended well: the status of a pipe is that of its last command, which is content with an answer that was cut short.
stored() {
  {
    /opt/kovhernetes/bin/etcdctl --endpoints=https://127.0.0.1:2379 \
      --cacert="$pki/ca.crt" --cert="$pki/health-client.crt" --key="$pki/health-client.key" \
      get /registry/secrets/ --prefix --write-out=json --command-timeout=5m &&
      printf 'complete\n'
  } | { grep -o -e '"value":"[^"]\{0,48\}' -e '^complete$' || true; } | sed 's/^"value":"/value\t/'
}
