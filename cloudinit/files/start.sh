#!/bin/sh
# The one command of the user data: makes the running system read what cloud-init wrote and starts it all.
set -eu
/opt/kovhernetes/lib/report.sh "user data is running"
# The etcd volume may have been attached, and its udev event handled, before our rule was written.
udevadm control --reload
udevadm trigger --action=change --subsystem-match=block
# They read their settings when they start, which they did before there were ours.
systemctl try-restart systemd-journald.service systemd-resolved.service
if systemctl is-active --quiet systemd-networkd.service; then networkctl reload; fi
# Nothing may start at a boot that finds files empty: they are on the disk before the target is enabled, and both before cloud-init's own
# marks count (bootcmd of the user data). `enable` reloads the system manager by itself.
sync
systemctl enable --quiet kovhernetes.target
sync
: >/var/lib/cloud/instance/kovhernetes-written
sync
systemctl start --no-block kovhernetes.target
