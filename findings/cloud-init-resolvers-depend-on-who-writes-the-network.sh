#!/usr/bin/env bash
# cloud-init and OpenStack's network_data.json: what becomes of the resolvers depends on the program that writes the network. Nova says
# them twice, for each network and for all. The former are never read. With the latter, a machine whose addresses come by DHCP asks them on
# every interface under networkd, on the loopback alone under ifupdown, and not at all under netplan.
#
# Guessed before: each interface asks its own network's resolver, whoever writes the network.
# Seen: networkd gives both interfaces 1.1.1.1, ifupdown gives it to lo, netplan nobody; 9.9.9.9 and 192.168.0.2 are nowhere.
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

cat > resolvers.py <<'SCRIPT'
import pathlib
import re

from cloudinit.net import eni, netplan, network_state, networkd
from cloudinit.sources.helpers import openstack

links = [{"id": f"tap{n}", "type": "phy", "ethernet_mac_address": f"fa:16:3e:00:00:0{n}", "mtu": 1500} for n in (1, 2)]
names = {link["ethernet_mac_address"]: f"ens{n}" for n, link in enumerate(links, 3)}


def resolver(address):
    return {"type": "dns", "address": address}


def network(link, own):
    return {"id": link, "link": link, "type": "ipv4_dhcp", "network_id": link, "services": [resolver(own)]}


data = {"links": links, "networks": [network("tap1", "9.9.9.9"), network("tap2", "192.168.0.2")], "services": [resolver("1.1.1.1")]}
writers = {
    "networkd": networkd.Renderer({"resolv_conf_fn": "/none", "networkd_dhcp_default": False}),
    "ifupdown": eni.Renderer({}),
    "netplan": netplan.Renderer({"netplan_path": "etc/netplan/50.yaml", "postcmds": False}),
}
for name, writer in writers.items():
    root = pathlib.Path(name)
    state = network_state.parse_net_config_data(openstack.convert_net_json(data, known_macs=names))
    writer.render_network_state(state, target=str(root))
    found = []
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        place = file.stem
        for line in file.read_text().splitlines():
            interface = re.match(r"iface (\S+)", line)
            place = interface.group(1) if interface else place
            for address in ("1.1.1.1", "9.9.9.9", "192.168.0.2"):
                if address in line:
                    found.append(f"{place} asks {address}")
    print(f"{name}: {', '.join(found) or 'nobody is asked'}")
SCRIPT
python/bin/python resolvers.py 2>/dev/null | tee seen.txt
diff seen.txt - <<'SEEN'
networkd: 10-cloud-init-ens3 asks 1.1.1.1, 10-cloud-init-ens4 asks 1.1.1.1
ifupdown: lo asks 1.1.1.1
netplan: nobody is asked
SEEN
echo "as found"
