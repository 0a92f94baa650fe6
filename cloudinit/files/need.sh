#!/bin/sh
# Fails, naming them, when files that a unit needs are not there yet. The unit's Restart= then tries again.
set -eu
missing=
for file in "$@"; do
  if ! [ -e "$file" ]; then missing="$missing $file"; fi
done
if [ -n "$missing" ]; then
  echo "still missing:$missing" >&2
  exit 1
fi
