# shellcheck shell=sh
# Begins the script that `verify` runs as root on a machine; calls of these functions follow. Prints one line of tab-separated
# fields for each. Keys that come with it are worthless ones, and go when it ends.
set -u
umask 077
made=$(mktemp -d /run/kovhernetes-verify.XXXXXX) || exit 1
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM

put() { # name, content in base64
  printf %s "$2" | base64 -d >"$made/$1"
}

# HTTP/1.1, since etcd's peers offer HTTP/2 in the handshake and do not speak it.
probe() { # identifier, arguments of curl
  identifier=$1
  shift
  status=$(curl --silent --http1.1 --output /dev/null --max-time 30 --write-out '%{http_code}' "$@")
  printf 'probe\t%s\t%s\t%s\n' "$identifier" "$?" "$status"
}

certificate() { # identifier, file
  printf 'certificate\t%s\t%s\n' "$1" "$(base64 -w 0 <"$2")"
}

served() { # identifier, address and port
  pem=$(openssl s_client -connect "$2" </dev/null 2>/dev/null | openssl x509 2>/dev/null | base64 -w 0)
  printf 'certificate\t%s\t%s\n' "$1" "$pem"
}
