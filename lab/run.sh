#!/usr/bin/env bash
# Runs one of the lab's commands with the project's own Node, installing the npm packages first when they are missing or
# no longer those of package-lock.json. It needs nothing but npm, so that a fresh clone can start here.
set -euo pipefail
cd "$(dirname "$0")/.."
command=${1:?usage: lab/run.sh COMMAND [ARGUMENT...]}
shift

stamp=node_modules/.kovhernetes-lock
if ! cmp --silent package-lock.json "$stamp"; then
  echo "Installing the npm packages of package-lock.json"
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
export PATH="$PWD/node_modules/.bin:$PATH"
exec node_modules/.bin/node --disable-warning=ExperimentalWarning "lab/$command.ts" "$@"
