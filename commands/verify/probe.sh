# shellcheck shell=sh
# Begins the script that `verify` runs as root on a machine; calls of these functions follow. Prints one line of tab-separated
# fields for each. Keys that come with it are worthless ones, and go when it ends.
set -u
umask 077
made=$(mktemp -d /run/kovhernetes-verify.XXXXXX) || exit 1
pod=kovh-$$
clean() {
  ip netns delete "$pod" 2>/dev/null
  rm -rf "$made"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

put() { # name, content in base64
  printf %s "$2" | base64 -d >"$made/$1"
}

# HTTP/1.1, since etcd's peers offer HTTP/2 in the handshake and do not speak it.
ask() { # arguments of curl
  status=$(curl --silent --http1.1 --output /dev/null --max-time 30 --write-out '%{http_code}' "$@")
  printf '%s\t%s' "$?" "$status"
}

probe() { # identifier, arguments of curl
  identifier=$1
  shift
  printf 'probe\t%s\t%s\n' "$identifier" "$(ask "$@")"
}

certificate() { # identifier, file
  printf 'certificate\t%s\t%s\n' "$1" "$(base64 -w 0 <"$2")"
}

served() { # identifier, address and port
  pem=$(openssl s_client -connect "$2" </dev/null 2>/dev/null | openssl x509 2>/dev/null | base64 -w 0)
  printf 'certificate\t%s\t%s\n' "$1" "$pem"
}

# A network namespace on the bridge of this machine's pods, with an address of theirs that no pod has: the way of every pod's packets.
join_pods() {
  gateway=$(sed -n 's,^FLANNEL_SUBNET=\([0-9.]*\)/.*,\1,p' /run/flannel/subnet.env) || return
  last=254
  while [ -e "/var/lib/cni/networks/cbr0/${gateway%.*}.$last" ]; do last=$((last - 1)); done
  ip netns add "$pod" && ip link add "$pod" type veth peer name eth0 netns "$pod" || return
  # flannel makes the bridge for the first pod.
  ip link set "$pod" master cni0 2>/dev/null || ip address add "$gateway/24" dev "$pod"
  ip link set "$pod" up
  ip -n "$pod" link set eth0 up
  ip -n "$pod" address add "${gateway%.*}.$last/24" dev eth0
  ip -n "$pod" route add default via "$gateway"
}

# What a pod gets of the metadata service, what it gets of this machine, and what the machine itself gets of the service.
pod_path() { # address of this machine
  join_pods >&2
  # shellcheck disable=SC2317  # `ask` calls it
  curl() { ip netns exec "$pod" curl "$@"; }
  probe 'pod: machine' --max-time 10 "http://$1:10250/"
  probe 'pod: metadata' --max-time 5 http://169.254.169.254/
  unset -f curl
  probe 'machine: metadata' --max-time 5 http://169.254.169.254/
}

# Every socket that takes connections or datagrams, and what a stranger's requests to it end with.
listeners() {
  ss -Hltunp | while read -r protocol _ _ _ address _ users; do
    tried=
    if [ "$protocol" = tcp ]; then
      host=${address%:*} port=${address##*:}
      case $host in '*' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
      host=${host%%%*}
      for url in "https://$host:$port/metrics" "https://$host:$port/configz" "http://$host:$port/metrics"; do
        tried="$tried	$(ask --max-time 5 --insecure "$url" </dev/null | tr '\t' :)"
      done
    fi
    printf 'listener\t%s\t%s\t%s%s\n' "$protocol" "$address" "$users" "$tried"
  done
}
