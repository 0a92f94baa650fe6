#!/bin/bash
# Starts database, message queue and cache, and returns when they answer.
set -euo pipefail
for _ in $(seq 100); do
  if [ -S /run/supervisor.sock ]; then break; fi
  sleep 0.1
done
supervisorctl start 'base:*'
for _ in $(seq 720); do
  if mariadb -e 'select 1' >/dev/null 2>&1 && (: >/dev/tcp/127.0.0.1/5672) 2>/dev/null; then exit 0; fi
  sleep 0.25
done
echo "database or message queue does not answer after 180 s: see /var/log/supervisor" >&2
exit 1
