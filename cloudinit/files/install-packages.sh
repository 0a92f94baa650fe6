#!/bin/sh
# Installs the Debian packages of commands that are absent; does nothing on an image that has them all.
# REQUIRED_COMMANDS holds `command=package` words; a word that starts with / names a file.
set -eu
# shellcheck source=/dev/null
. /etc/kovhernetes/machine.env
set --
for word in $REQUIRED_COMMANDS; do
  wanted=${word%%=*}
  package=${word#*=}
  case $wanted in
    /*) if [ -e "$wanted" ]; then continue; fi ;;
    *) if command -v "$wanted" >/dev/null; then continue; fi ;;
  esac
  set -- "$@" "$package"
done
if [ "$#" -eq 0 ]; then exit 0; fi
/opt/kovhernetes/lib/report.sh "installing missing packages: $*"
export DEBIAN_FRONTEND=noninteractive
# After a power loss, what was half installed.
dpkg --configure -a
apt-get -q -o DPkg::Lock::Timeout=600 update
apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "$@"
