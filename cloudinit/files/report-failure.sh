#!/bin/sh
# ExecStopPost of every daemon: tells the console when the daemon named in $1 ended by itself and will be started again. However it ends, that
# is no failure where systemd was asked to stop it; status 1 is one otherwise, also where the unit has SuccessExitStatus=1.
set -eu
result=${SERVICE_RESULT:-success}
if [ "$result" = success ]; then
  if [ "${EXIT_STATUS:-}" != 1 ]; then exit 0; fi
  result=exit-code
fi
case $(systemctl list-jobs --no-legend "$1.service") in *' stop '* | *' restart '*) exit 0 ;; esac
exec /opt/kovhernetes/lib/report.sh --once \
  "$1 failed ($result ${EXIT_STATUS:-}) and is tried again; see: journalctl -u $1"
