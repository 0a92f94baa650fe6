import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chrootRun } from "../../lab/guest/chroot.ts";
import { ensureGuestPackages } from "../../lab/guest/packages.ts";
import { endpointAddress, ruleCount, serviceAddress, serviceRules, type Services } from "./service-rules";

let root: string;
const work = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-scale-"));
beforeAll(async () => {
  root = await ensureGuestPackages(console.log);
});
afterAll(() => {
  fs.rmSync(work, { recursive: true, force: true });
});

/** Runs a script with the guest's tools in a network of its own, which is gone afterwards. @throws Error when it fails */
async function inNetwork(script: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(work, name), text);
  const { exitCode, stdout, stderr } = await chrootRun(root, ["nice", "unshare", "--net", "sh", "-eu"], {
    stdin: script,
    binds: [{ source: work, target: "/mnt" }],
    timeout: 9 * 60_000,
  });
  if (exitCode !== 0) throw new Error(`${stdout}\n${stderr}`.slice(-2000));
  return stdout;
}

const prepare = `
now() { date +%s%N; }
since() { echo "$1 $(( ($(now) - $2) / 1000000 )) ms"; }
ip link set lo up
ip link add host type veth peer name other
ip link set host up
ip link set other up
ip address add 192.168.0.10/19 dev host
`;

describe("kube-proxy's rules, in the iptables of Debian", () => {
  /** Seconds that rules take to be written, and those of them that the processor worked: others may be using it. */
  const restore = `
import resource, subprocess, sys, time
begin = time.perf_counter()
subprocess.run(["iptables-restore", "--noflush", "--counters"], stdin=open(sys.argv[2]), check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[1]}: {time.perf_counter() - begin:.2f} s, of the processor {used.ru_utime + used.ru_stime:.2f} s")
`;

  /** Median of the microseconds that a TCP connection takes. */
  const connect = `
import socket, statistics, sys, threading, time
listener = socket.create_server(("0.0.0.0", 8080), backlog=1024)
def accept():
    while True: listener.accept()[0].close()
threading.Thread(target=accept, daemon=True).start()
for address in sys.argv[1:]:
    times = []
    for _ in range(300):
        begin = time.perf_counter()
        socket.create_connection((address, 80), timeout=5).close()
        times.append((time.perf_counter() - begin) * 1e6)
    print("connect", address, round(statistics.median(times)), "us")
`;

  test.each<Services>([
    { services: 100, endpoints: 10 },
    { services: 1000, endpoints: 10 },
    { services: 5000, endpoints: 10 },
  ])("$services services with $endpoints pods each", async (all) => {
    const every = Array.from({ length: all.services }, (_, service) => service);
    const last = all.services - 1;
    const pods = [0, last].flatMap((service) =>
      every.slice(0, all.endpoints).map((_, n) => endpointAddress(all, service, n)),
    );
    const output = await inNetwork(
      `${prepare}
ip route add 10.0.0.0/16 dev host
${pods.map((pod) => `ip address add ${pod}/32 dev lo`).join("\n")}
iptables -V
python3 /mnt/restore.py "all written" /mnt/all
iptables -t nat -A OUTPUT -j KUBE-SERVICES
python3 /mnt/restore.py "one service changed" /mnt/one
echo "rules $(iptables-save -t nat | grep -c -- '^-A KUBE-S')"
python3 /mnt/connect.py ${serviceAddress(0)} ${serviceAddress(last)}
`,
      { all: serviceRules(all, every), one: serviceRules(all, [last]), "connect.py": connect, "restore.py": restore },
    );
    console.log(`${all.services} services, ${all.services * all.endpoints} pods\n${output}`);
    expect(output).toContain(`rules ${ruleCount(all)}\n`);
    // Every one of them answered.
    expect(output.match(/^connect /gm)).toHaveLength(2);
  });
});

describe("flannel's entries for other machines", () => {
  test("5,000 of them fit the kernel as it is: permanent neighbours are not counted", async () => {
    const machines = Array.from({ length: 5000 }, (_, index) => ({
      mac: `02:00:00:00:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 255).toString(16).padStart(2, "0")}`,
      host: `192.168.${index >> 8}.${index & 255}`,
      tunnel: `10.${32 + (index >> 8)}.${index & 255}.0`,
    }));
    // What flannel's VXLAN backend adds for each machine: `handleSubnetEvents` in pkg/backend/vxlan/vxlan_network.go.
    const output = await inNetwork(
      `${prepare}
ip link add flannel.1 type vxlan id 1 dev host dstport 8472 nolearning
ip link set flannel.1 up
begin=$(now); ip -batch /mnt/neighbours; since neighbours "$begin"
begin=$(now); bridge -batch /mnt/forwarding; since "forwarding entries" "$begin"
begin=$(now); ip -batch /mnt/routes; since routes "$begin"
echo "there: $(ip neigh show dev flannel.1 nud permanent | wc -l) $(ip route show dev flannel.1 | wc -l)"
`,
      {
        neighbours: machines
          .map(({ mac, tunnel }) => `neigh add ${tunnel} lladdr ${mac} dev flannel.1 nud permanent\n`)
          .join(""),
        forwarding: machines.map(({ mac, host }) => `fdb append ${mac} dev flannel.1 dst ${host}\n`).join(""),
        routes: machines.map(({ tunnel }) => `route add ${tunnel}/24 via ${tunnel} dev flannel.1 onlink\n`).join(""),
      },
    );
    console.log(output);
    expect(output).toContain("there: 5000 5000");
  });
});
