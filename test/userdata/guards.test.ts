import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderNode } from "../../cloudinit";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { guardSection } from "../../commands/status/guards.ts";
import { listenerFindings } from "../../commands/verify/listeners.ts";
import { podFinding } from "../../commands/verify/pods.ts";
import { everywhere, probeScript, readReport } from "../../commands/verify/remote.ts";
import { nodeDescription } from "../support/descriptions";
import { GuestFiles } from "../support/guest-files";

const machine = { name: nodeDescription.hostName, address: "192.168.0.15" };
const status = fs.readFileSync(path.join(repositoryRoot, "commands/status/guards.sh"), "utf8");

/** What `nft flush ruleset` sends: a batch with one request that deletes every table of every family (`NFT_MSG_DELTABLE`). */
const flush = `
import socket, struct
def message(kind, flags, family, resource):
    return struct.pack("=IHHIIBBH", 20, kind, 1 | flags, 1, 0, family, 0, socket.htons(resource))
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
netlink.bind((0, 0))
netlink.send(message(0x10, 0, 0, 10) + message(10 << 8 | 2, 4, 0, 0) + message(0x11, 0, 0, 10))
answer = netlink.recv(4096)
assert struct.unpack_from("=i", answer, 16)[0] == 0, answer
`;

/**
 * A machine in a network namespace: the bridge of its pods, a cloud behind it that serves 169.254.169.254, and servers in place of the
 * kubelet's and kube-proxy's. \`pod\` and \`host\` say whether each reaches the metadata service.
 */
const prepare = `
ip link set lo up
ip netns add cloud
ip link add eth0 type veth peer name eth0 netns cloud
ip address add ${machine.address}/27 dev eth0
ip link set eth0 up
ip -n cloud address add 192.168.0.1/27 dev eth0
ip -n cloud address add 169.254.169.254/32 dev eth0
ip -n cloud link set eth0 up
ip -n cloud link set lo up
ip route add default via 192.168.0.1
ip -n cloud route add 172.17.0.0/16 via ${machine.address}
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link add cni0 type bridge
ip address add 172.17.3.1/24 dev cni0
ip link set cni0 up
mkdir -p /run/flannel /run/kovhernetes /var/lib/cni/networks/cbr0
echo FLANNEL_SUBNET=172.17.3.1/24 >/run/flannel/subnet.env
: >/var/lib/cni/networks/cbr0/172.17.3.254
ip netns add pod
ip link add veth0 type veth peer name eth0 netns pod
ip link set veth0 master cni0 up
ip -n pod address add 172.17.3.2/24 dev eth0
ip -n pod link set eth0 up
ip -n pod route add default via 172.17.3.1
mkdir /tmp/empty
ip netns exec cloud python3 -m http.server --directory /tmp/empty --bind 169.254.169.254 80 >/dev/null 2>&1 &
python3 -m http.server --directory /tmp/empty --bind 127.0.0.1 10249 >/dev/null 2>&1 &
python3 -m http.server --directory /tmp/empty 10250 >/dev/null 2>&1 &
until curl -s -o /dev/null http://169.254.169.254/ && curl -s -o /dev/null http://127.0.0.1:10249/ && curl -s -o /dev/null http://127.0.0.1:10250/; do sleep 0.2; done
reach() { if "\${@:2}" >/dev/null 2>&1; then echo "$1: reached"; else echo "$1: closed"; fi; }
pod() { reach "$1, pod" ip netns exec pod curl -s -m 2 http://169.254.169.254/; }
spoof() {
  ip -n pod address replace 203.0.113.5/32 dev eth0
  ip -n cloud route replace 203.0.113.5 via ${machine.address}
  ip route replace 203.0.113.5 dev cni0
  reach "$1, pod with another address" ip netns exec pod curl -s -m 2 --interface 203.0.113.5 http://169.254.169.254/
}
metrics() { reach "$1, metrics" curl -s -m 2 http://127.0.0.1:10249/; }
host() { reach "$1, host" curl -s -m 2 http://169.254.169.254/; }
rules() { echo "$1, rules: $( (iptables-save -t raw; iptables-save -t filter) | grep -cE -- '-j (DROP|REJECT)')"; }
routes() { echo "$1, routes: $(ip rule show to 169.254.169.254 | grep -c blackhole)"; }
all() { pod "$1"; spoof "$1"; metrics "$1"; host "$1"; rules "$1"; routes "$1"; }
guard=/opt/kovhernetes/lib/guard.sh

`;

let files: GuestFiles;
beforeAll(async () => {
  files = await GuestFiles.write(renderNode({ ...nodeDescription, address: machine.address }));
});
afterAll(() => {
  files.remove();
});

/** Runs a script on such a machine. @throws Error when it fails */
async function onMachine(script: string): Promise<string> {
  const body = `${prepare}\ncat >/tmp/flush.py <<'FLUSH'${flush}FLUSH\n${script}`;
  const { exitCode, stdout, stderr } = await files.run(`unshare --net bash -eu <<'SCRIPT'\n${body}\nSCRIPT`);
  if (exitCode !== 0) throw new Error(`${stdout}\n${stderr}`.slice(-3000));
  return stdout;
}

/** Results by what they are of, of one moment. */
function at(output: string, moment: string): Readonly<Record<string, string>> {
  const lines = output.split("\n").filter((line) => line.startsWith(`${moment}, `));
  return Object.fromEntries(lines.map((line) => line.slice(moment.length + 2).split(": ") as [string, string]));
}

const open = { pod: "reached", "pod with another address": "reached", metrics: "reached", host: "reached" };
const closed = { pod: "closed", "pod with another address": "closed", metrics: "closed", host: "reached" };

describe("the rules of a machine's own", () => {
  it("keep pods from the metadata service, and come back when the firewall, or the routes, are emptied", async () => {
    const output = await onMachine(`
all before
$guard
$guard
all guarded
$guard watch >/tmp/guard.log 2>&1 &
sleep 1
python3 /tmp/flush.py
rules flushed; pod flushed; spoof flushed; host flushed
sleep 11
all healed
while ip rule del priority 169 2>/dev/null; do :; done
python3 /tmp/flush.py
all bare
sleep 11
all again
cat /tmp/guard.log
wc -l </run/kovhernetes/guard-lost
kill %4
`);
    expect(at(output, "before")).toEqual({ ...open, rules: "0", routes: "0" });
    expect(at(output, "guarded")).toEqual({ ...closed, rules: "3", routes: "2" });
    // Between the flush and its mending, routing still stands.
    expect(at(output, "flushed")).toEqual({
      ...{ rules: "0", pod: "closed", "pod with another address": "closed", host: "reached" },
    });
    expect(at(output, "healed")).toEqual({ ...closed, rules: "3", routes: "2" });
    expect(at(output, "bare")).toEqual({ ...open, rules: "0", routes: "0" });
    expect(at(output, "again")).toEqual({ ...closed, rules: "3", routes: "2" });
    expect(output).toContain("put back what was taken away: raw raw filter\n");
    expect(output).toContain("put back what was taken away: route route raw raw filter\n");
    expect(output).toMatch(/^2$/m);
  });
});

describe("what `status` sees of them", () => {
  it("is each rule and route, and which of them is gone", async () => {
    const output = await onMachine(`
state() { echo "== $1"; sh -s <<'STATUS'
${status}
STATUS
}
iptables -t nat -N KUBE-SERVICES
iptables -t nat -A PREROUTING -m comment --comment 'kubernetes service portals' -j KUBE-SERVICES
state bare
$guard
state guarded
iptables -t raw -D PREROUTING -i cni0 -d 169.254.169.254/32 -j DROP
ip rule del from 172.17.0.0/16 to 169.254.169.254 priority 169
state damaged
`);
    const [, ...states] = output.split(/^== /m);
    const wrong = states.map((value) => guardSection([{ machine: "m", value }]).wrong.map((text) => text.slice(2)));
    const unwatched = expect.stringContaining("puts no rule back") as string;
    expect(wrong).toEqual([
      [
        ...[
          "rule that keeps addresses",
          "rule that keeps the bridge",
          "rule that closes",
          "route that keeps addresses",
        ],
        "route that keeps the bridge",
      ]
        .map((text): string => expect.stringContaining(text) as string)
        .concat(unwatched),
      // No systemd runs here.
      [unwatched],
      [
        expect.stringContaining("rule that keeps the bridge"),
        expect.stringContaining("route that keeps addresses"),
        unwatched,
      ],
    ]);
  });
});

describe("what `verify` tries", () => {
  const script = probeScript([], {}, everywhere(machine));
  const tried = (before: string) =>
    onMachine(`${before}\nsh -s <<'VERIFY'\n${script}\nVERIFY\nip netns list\nip -o link show type veth`);

  it("is the way of a pod: open without the rules, closed with them", async () => {
    const bare = await tried("");
    expect(podFinding(machine, readReport(bare).outcomes)).toMatchObject({
      ...{ holds: false, observed: "accepted (HTTP 200)" },
    });
    const guarded = await tried("$guard");
    expect(podFinding(machine, readReport(guarded).outcomes)).toMatchObject({
      ...{ holds: true, observed: `refused (no answer in time; ${machine.name} itself is answered)` },
    });
    // Nothing stays of the pod that was none.
    expect(guarded).not.toContain("kovh-");
  });

  it("is the way of a pod also before flannel made a bridge, and proves nothing where no pod reaches anything", async () => {
    const unbridged = await tried("ip link delete cni0\n$guard");
    expect(podFinding(machine, readReport(unbridged).outcomes)).toMatchObject({ holds: true });
    const cut = await tried("rm /run/flannel/subnet.env");
    expect(podFinding(machine, readReport(cut).outcomes)).toMatchObject({
      ...{ holds: false, observed: expect.stringContaining("not tried") as string },
    });
  });

  it("is every socket that listens, and what nobody named is a breach", async () => {
    const output = await tried(
      "$guard\nip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472\nip link set flannel.1 up",
    );
    const { listeners } = readReport(output);
    expect(listeners.map(({ protocol, port }) => `${protocol}/${port}`).sort()).toEqual([
      ...["tcp/10249", "tcp/10250", "udp/8472"],
    ]);
    const findings = listenerFindings(machine, listeners, []);
    expect(findings.filter(({ holds }) => holds).map(({ server }) => server)).toEqual([
      `the kernel of ${machine.name}`,
    ]);
    expect(findings.filter(({ server }) => server.startsWith("python3")).map(({ observed }) => observed)).toEqual(
      Array(2).fill(expect.stringContaining("no table of listeners names it")),
    );
    const named = listenerFindings(machine, listeners, ["tcp/10249", "tcp/10250"]);
    expect(named.every(({ holds }) => holds)).toBe(true);
    // As kube-proxy its metrics would be known, and closed; as a kubelet this server takes anybody.
    const played = listeners.map((one) => ({
      ...one,
      processes: one.port === 10249 ? ["kube-proxy"] : one.port === 10250 ? ["kubelet"] : one.processes,
    }));
    expect(listenerFindings(machine, played, []).map(({ server, holds }) => [server, holds])).toEqual(
      expect.arrayContaining([[`kube-proxy of ${machine.name}`, true]]),
    );
  });
});
