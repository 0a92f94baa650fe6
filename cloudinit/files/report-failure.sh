#!/bin/sh
# ExecStopPost of every daemon: tells the console when the daemon named in $1 ended by itself and will be started again.
set -eu
if [ "${SERVICE_RESULT:-success}" = success ]; then exit 0; fi
exec /opt/kovhernetes/lib/report.sh --once \
  "$1 failed ($SERVICE_RESULT ${EXIT_STATUS:-}) and is tried again; see: journalctl -u $1"
