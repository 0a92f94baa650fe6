#!/bin/bash
# Once, in a new root file system: databases, Keystone's first administrator, every schema.
#   initialise.sh KEYSTONE_URL
set -euo pipefail
keystone_url=$1

for service in keystone glance placement nova neutron cinder; do
  mkdir -p "/var/lib/$service/lock" "/var/log/$service"
done
mkdir -p /var/lib/glance/images /var/lib/nova/{instances,mnt} /var/lib/cinder/mnt /srv/volumes
chmod 777 /srv/volumes

# libvirt asks every emulator that it finds what it can do, which takes a second each.
find /usr/bin -name 'qemu-system-*' ! -name 'qemu-system-x86_64*' -delete

if [ ! -d /var/lib/mysql/mysql ]; then mariadb-install-db --user=mysql --skip-test-db >/dev/null; fi
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
/opt/cloud/start-base.sh
for database in keystone glance placement nova nova_api nova_cell0 neutron cinder; do
  mariadb -e "create database $database"
done
for host in 127.0.0.1 localhost; do
  mariadb -e "create user openstack@'$host' identified by 'secret'; grant all on *.* to openstack@'$host'"
done

keystone() {
  keystone-manage db_sync
  keystone-manage fernet_setup --keystone-user root --keystone-group root
  keystone-manage credential_setup --keystone-user root --keystone-group root
  keystone-manage bootstrap --bootstrap-password secret --bootstrap-region-id RegionOne \
    --bootstrap-admin-url "$keystone_url" --bootstrap-internal-url "$keystone_url" \
    --bootstrap-public-url "$keystone_url"
}
glance_placement_cinder() {
  glance-manage db_sync
  placement-manage db sync
  cinder-manage db sync
}
nova() {
  nova-manage api_db sync
  nova-manage cell_v2 map_cell0 \
    --database_connection 'mysql+pymysql://openstack:secret@127.0.0.1/nova_cell0?charset=utf8mb4'
  nova-manage cell_v2 create_cell --name=cell1
  nova-manage db sync
}
neutron() {
  neutron-db-manage --config-file /etc/neutron/neutron.conf \
    --config-file /etc/neutron/plugins/ml2/ml2_conf.ini upgrade heads
}
echo "creating the services' schemas"
jobs=()
for job in keystone glance_placement_cinder nova neutron; do
  (set -e; "$job") >"/var/log/schema-$job.log" 2>&1 &
  jobs+=("$job:$!")
done
for job in "${jobs[@]}"; do
  if ! wait "${job#*:}"; then
    echo "schema of ${job%:*} failed" >&2
    tail -n 20 "/var/log/schema-${job%:*}.log" >&2
    exit 1
  fi
done
