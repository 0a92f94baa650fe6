#!/bin/sh
# Fetches one release file, checks its SHA-256 and installs it. Its parameters come from
# /etc/kovhernetes/release/NAME.env: NAME, VERSION, URL, SHA256 or CHECKSUM_URL, KIND, TARGET, STRIP, MEMBERS.
set -eu
umask 022
report=/opt/kovhernetes/lib/report.sh
release=/opt/kovhernetes/release
marker=$release/$NAME-$VERSION.sha256

# An image may hold this very version already.
installed() {
  if ! [ -s "$marker" ]; then return 1; fi
  if [ -n "$SHA256" ] && [ "$(cat "$marker")" != "$SHA256" ]; then return 1; fi
  if [ "$KIND" = binary ]; then
    [ -x "$TARGET" ]
    return
  fi
  for member in $MEMBERS; do
    if ! [ -e "$TARGET/$member" ]; then return 1; fi
  done
  [ -d "$TARGET" ]
}

download() { # address, file
  protocols='=http,https'
  # A checksum read over HTTPS proves nothing once a redirect has left HTTPS.
  case $1 in https://*) protocols='=https' ;; esac
  curl --fail --silent --show-error --location --proto '=http,https' --proto-redir "$protocols" \
    --connect-timeout 30 --speed-limit 1 --speed-time 60 --output "$2" --url "$1"
}

# Prints the hash that a published checksum file gives for the file name $1: a bare hash, `hash  name`, or a list.
published() {
  awk -v name="$1" '
    { sub(/\r$/, "") }
    length($1) != 64 || $1 ~ /[^0-9a-fA-F]/ { next }
    NF == 1 { bare = tolower($1); bares++; next }
    { file = $2; sub(/^\*/, "", file); sub(/^.*\//, "", file) }
    file == name { named = tolower($1) }
    END { if (named != "") print named; else if (bares == 1) print bare }
  '
}

# Leaves the verified download in $work/file and its hash in $actual, or says in $reason why not.
obtain() {
  expected=$SHA256
  if [ -z "$expected" ]; then
    if ! download "$CHECKSUM_URL" "$work/checksum"; then
      reason="no checksum from $CHECKSUM_URL"
      return 1
    fi
    expected=$(published "${URL##*/}" <"$work/checksum")
    if [ -z "$expected" ]; then
      reason="$CHECKSUM_URL has no SHA-256 for ${URL##*/}"
      return 1
    fi
  fi
  if ! download "$URL" "$work/file"; then
    reason="no download from $URL"
    return 1
  fi
  actual=$(sha256sum "$work/file")
  actual=${actual%% *}
  if [ "$actual" != "$expected" ]; then
    reason="wrong checksum of $URL: SHA-256 is $actual, expected $expected"
    return 1
  fi
}

# Moves $1 to $2 so that $2 is at every moment absent, the old file or the whole new one.
place() {
  mkdir -p "$(dirname "$2")"
  mv -f "$1" "$2.partial"
  sync "$2.partial"
  mv -fT "$2.partial" "$2"
  case $2 in /opt/kovhernetes/bin/*) ln -sfn "$2" "/usr/local/bin/${2##*/}" ;; esac
}

if installed; then
  echo "$NAME $VERSION is in the image"
  exit 0
fi

# Packages are installed at the same time, and waited for where they bring what fetches. Whether they came shows in the download.
if ! { command -v curl && [ -e /etc/ssl/certs/ca-certificates.crt ]; } >/dev/null; then
  systemctl start kovhernetes-packages.service || true
fi
began=$(date +%s)
mkdir -p "$release" /usr/local/bin
work=$(mktemp -d "$release/.$NAME.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
reason=
for delay in 0 2 4 8 16 32 end; do
  if [ "$delay" = end ]; then
    "$report" --problem "giving up on $NAME $VERSION for now: $reason"
    exit 1
  fi
  sleep "$delay"
  if obtain; then break; fi
  "$report" --problem "$reason"
done

if [ "$KIND" = binary ]; then
  chmod 0755 "$work/file"
  place "$work/file" "$TARGET"
else
  mkdir "$work/tree"
  tar -xf "$work/file" -C "$work/tree" --strip-components="$STRIP" --no-same-owner
  if [ -z "$MEMBERS" ]; then
    (cd "$work/tree" && find . ! -type d) >"$work/members"
  else
    for member in $MEMBERS; do printf '%s\n' "$member"; done >"$work/members"
  fi
  while read -r member; do
    place "$work/tree/${member#./}" "$TARGET/${member#./}"
  done <"$work/members"
fi
printf '%s\n' "$actual" >"$work/marker"
place "$work/marker" "$marker"
"$report" "fetched $NAME $VERSION in $(($(date +%s) - began)) s"
