#!/bin/bash
# Makes the initialised databases those of a cloud at another address, with every service yet to report itself alive.
#   adopt.sh ADDRESS
set -euo pipefail
mariadb <<SQL
update keystone.endpoint set url = regexp_replace(url, '//[^:/]+:', '//$1:');
update neutron.agents set heartbeat_timestamp = '2000-01-01';
update nova.services set last_seen_up = '2000-01-01';
update cinder.services set updated_at = '2000-01-01';
SQL
