#!/usr/bin/env bash
# cloud-init: a `hostname` in the user data renames the machine, and leaves its full name as the cloud's metadata have it. A server that the cloud knows as
# vm-7.novalocal and the user data as web-1 is called web-1, and its full name, which goes into a managed hosts file, is vm-7.novalocal; and with
# prefer_fqdn_over_hostname, meant to keep the domain, the user's own name is dropped.
#
# Guessed before: with `hostname: web-1` the full name is web-1, or web-1 with the metadata's domain.
# Seen: hostname web-1, full name vm-7.novalocal; with prefer_fqdn_over_hostname the machine is called vm-7.novalocal.
# With: cloud-init 22.4.2 (package 22.4.2-1+deb12u4 of Debian 12, taken with its apt), Python 3.11 and packages of PyPI as below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet=2 cloud-init=22.4.2-1+deb12u4 2>/dev/null
dpkg -x cloud-init_*.deb .
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.1 jsonschema==4.10.3 configobj==5.0.8 Jinja2==3.1.4 jsonpatch==1.33 oauthlib==3.2.2 requests==2.32.3
export PYTHONPATH=$folder/usr/lib/python3/dist-packages

cat > names.py <<'SCRIPT'
import os

from cloudinit import helpers, util
from cloudinit.distros import debian
from cloudinit.sources import DataSourceHostname


class Named(debian.Distro):
    def apply_hostname_bootstrap(self):
        pass

    def _apply_hostname(self, hostname):
        pass

    def _write_hostname(self, hostname, filename):
        print(f"  the machine is called {hostname}")


class Cloud:
    def get_hostname(self, **_):
        return DataSourceHostname("vm-7.novalocal", False)


for text in ["hostname: web-1", "{hostname: web-1, prefer_fqdn_over_hostname: true}", "fqdn: web-1.example"]:
    config = util.load_yaml(text) if text.startswith("{") else util.load_yaml(f"{{{text}}}")
    distro = Named("debian", config, helpers.Paths({"cloud_dir": os.getcwd()}))
    hostname, fqdn, _ = util.get_hostname_fqdn(config, Cloud())
    print(f"{text}: hostname {hostname}, full name {fqdn}")
    distro.set_hostname(hostname, fqdn)
SCRIPT
python/bin/python names.py 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
hostname: web-1: hostname web-1, full name vm-7.novalocal
  the machine is called web-1
{hostname: web-1, prefer_fqdn_over_hostname: true}: hostname web-1, full name vm-7.novalocal
  the machine is called vm-7.novalocal
fqdn: web-1.example: hostname web-1, full name web-1.example
  the machine is called web-1
SEEN
echo "as found"
