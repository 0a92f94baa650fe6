#!/usr/bin/env bash
# Checks every shell script of the repository, those without a suffix as well.
set -euo pipefail
cd "$(dirname "$0")/.."
{
  git ls-files --cached --others --exclude-standard '*.sh'
  git grep --untracked -lE '^#!.*\b(ba)?sh\b' -- .ci lab cloudinit commands
} | sort -u | xargs shellcheck
