#!/bin/sh
# Puts one stage line on the console, where `openstack console log show` finds it, and on standard output.
# With --once, a line that was put there since boot is not repeated. With --problem neither, and `pulumi up` shows it as a warning: it is
# for what keeps the machine from going on.
set -eu
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
once=no
mark=
case ${1:-} in
  --once)
    once=yes
    shift
    ;;
  --problem)
    once=yes
    mark='problem: '
    shift
    ;;
esac
line="kovhernetes: $HOST_NAME: $mark$*"
if [ "$once" = yes ]; then
  mkdir -p /run/kovhernetes
  if grep -Fxqs -e "$line" /run/kovhernetes/reported; then exit 0; fi
  printf '%s\n' "$line" >>/run/kovhernetes/reported
fi
printf '%s\n' "$line"
# A machine without a console is no reason to fail the unit that reports.
{ printf '%s\r\n' "$line" >>/dev/console; } 2>/dev/null || true
