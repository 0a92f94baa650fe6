#!/bin/sh
# Makes of this machine an image: installs packages and release files, pulls container images, has everything removed that no image may hold, and
# waits to be shut down. It may be run again after a failure. Its parameters come from /etc/kovhernetes/image.env: RELEASES, IMAGES, REGISTRY_HOSTS, PREPARED.
set -eu
library=/opt/kovhernetes/lib
report=$library/report.sh
# shellcheck source=/dev/null
. /etc/kovhernetes/image.env
began=$(date +%s)

fail() {
  "$report" --problem "$1"
  exit 1
}

"$library/install-packages.sh" || fail "packages cannot be installed for now; the preparation is tried again"
for parameters in $RELEASES; do
  # Says by itself what is wrong.
  (
    set -a
    # shellcheck source=/dev/null
    . "$parameters"
    set +a
    exec "$library/fetch.sh"
  )
done

# By hand and not by a unit: nothing in the image starts by itself.
containerd --config /etc/containerd/config.toml >/run/kovhernetes-containerd.log 2>&1 &
daemon=$!
stop_containerd() {
  kill "$daemon" 2>/dev/null || true
  wait "$daemon" || true
}
trap stop_containerd EXIT
for attempt in 1 2 3 4 5 6 7 8 9 10 end; do
  if ctr version >/dev/null 2>&1; then break; fi
  if [ "$attempt" = end ]; then fail "containerd does not start: $(tail -n 1 /run/kovhernetes-containerd.log)"; fi
  sleep 3
done
pulled=0
for image in $IMAGES; do
  # The namespace that the kubelet's images are in.
  if ! ctr --namespace k8s.io images pull --hosts-dir "$REGISTRY_HOSTS" "$image" >/run/kovhernetes-pull.log 2>&1; then
    fail "no image $image: $(tail -n 1 /run/kovhernetes-pull.log)"
  fi
  pulled=$((pulled + 1))
  "$report" "pulled $image"
done
# Before the count: what was pulled must be what containerd lists.
listed=$(ctr --namespace k8s.io images list --quiet)
for image in $IMAGES; do
  printf '%s\n' "$listed" | grep -Fxq -e "$image" || fail "containerd does not list $image after it was pulled"
done
stop_containerd
trap - EXIT

size() { # directories; MiB
  du -scm "$@" 2>/dev/null | awk 'END { print $1 }'
}
fetched=$(find /opt/kovhernetes/release -name '*.sha256' | wc -l)
summary="$fetched release files, $(size /opt/kovhernetes /opt/cni) MiB; $pulled container images, $(size /var/lib/containerd) MiB"
"$library/clean-image.sh" || fail "what no image may hold cannot be removed; the preparation is tried again"
"$report" "$PREPARED in $(($(date +%s) - began)) s: $summary"
rm -rf /etc/kovhernetes "$library"
sync
# The program reads the line above, and has the cloud shut the machine down: of one that is off there is no console. What nobody waits for ends by itself.
sleep 900
systemctl poweroff --no-block
