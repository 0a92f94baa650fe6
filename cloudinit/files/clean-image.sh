#!/bin/sh
# Removes from this machine what no image may hold: who it was, who may log in, what it was told and what it wrote down.
set -eu

# What cloud-init knows of this machine: the next one is to be set up as if it were the first boot.
cloud-init clean --logs --seed
rm -rf /var/lib/cloud/instance /var/lib/cloud/instances
# Network settings with this machine's addresses, which cloud-init writes anew.
rm -f /etc/netplan/50-cloud-init.yaml /etc/network/interfaces.d/50-cloud-init /etc/systemd/network/10-cloud-init-*.network
rm -f /etc/udev/rules.d/70-persistent-net.rules
rm -rf /var/lib/dhcp/* /var/lib/NetworkManager/* /var/lib/systemd/network/*

# Identities. An empty machine-id is given a value at the next boot.
: >/etc/machine-id
echo localhost >/etc/hostname
if ! [ -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi
rm -f /etc/ssh/ssh_host_* /var/lib/systemd/random-seed /var/lib/systemd/credential.secret

# Who may log in, and what was typed.
rm -rf /root/.ssh /home/*/.ssh
rm -f /root/.bash_history /home/*/.bash_history

# Where this machine downloaded from. A cluster's machines are told by their own user data.
rm -rf /etc/containerd
apt-get -q clean
rm -rf /var/lib/apt/lists/*

journalctl --quiet --rotate
journalctl --quiet --vacuum-time=1s
rm -rf /var/log/journal/* /var/log/cloud-init*.log /tmp/* /var/tmp/*
find /var/log -type f -exec truncate --size 0 {} +
# Blocks that are free need not be in the image; not every disk can be told.
fstrim --all || true
