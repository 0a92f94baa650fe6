import * as tls from "node:tls";
import { expect, it } from "vitest";
import { word } from "../../commands/shared/remote.ts";
import { outsideDomain } from "../../lab/openstack/resolver.ts";
import type { RunningCluster } from "./support.ts";

const roles = ["master", "node"] as const;

/** What a machine with two interfaces makes of its networks, in words. */
interface Networks {
  readonly resolvers: string;
  readonly podResolvers: string;
  readonly wayOut: string;
  /** Rules by which routes are chosen, and those that close the way to the metadata service to pods. */
  readonly rules: string;
  readonly closed: string;
  readonly host: string;
  readonly external: string;
  readonly overlay: string;
  readonly hostFilter: string;
  readonly externalFilter: string;
}

const look = (address: string): string => `
card() { ip -4 -o address | awk -v a="$1" '{ split($4, p, "/"); if (p[1] == a) print $2 }'; }
host=$(card ${address})
external=$(ip -4 route get 192.0.2.1 | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')
mtu() { cat "/sys/class/net/$1/mtu"; }
nameservers() { sed -n 's/^nameserver //p' "$1" | tr '\\n' ' '; }
filter() { cat "/proc/sys/net/ipv4/conf/$1/rp_filter"; }
echo "resolvers=$(nameservers /run/systemd/resolve/resolv.conf)"
echo "podResolvers=$(nameservers /run/kovhernetes/resolv.conf)"
echo "wayOut=$(ip -4 route show default | awk '{ print $3, $5 }' | tr '\\n' ' ')"
echo "rules=$(ip rule | grep -v blackhole | tr -s '\\t ' ' ' | tr '\\n' ' ')"
echo "closed=$(ip rule | grep blackhole | tr -s '\\t ' ' ' | sort | tr '\\n' ' ')"
echo "host=$host $(mtu "$host")"
echo "external=$external $(mtu "$external")"
echo "overlay=$(mtu flannel.1)"
echo "hostFilter=$(filter "$host")"
echo "externalFilter=$(filter "$external")"
`;

async function networksOf(cluster: RunningCluster, role: (typeof roles)[number]): Promise<Networks> {
  const text = await cluster.ssh(role, look(cluster.machine(role).address));
  const pairs: [string, string][] = text
    .split("\n")
    .map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1).trim()]);
  const fields: Readonly<Record<string, string>> = Object.fromEntries(pairs);
  return fields as unknown as Networks;
}

/** Of a cluster with `access: direct`, at every boot: its machines go by the external network, and the cluster by the host network. */
export function networkTests(running: () => RunningCluster): void {
  it.each(roles)("goes outside by the external network alone on the %s, and asks its resolver alone", async (role) => {
    const cluster = running();
    const { gateway } = cluster.cloud.addresses;
    const networks = await networksOf(cluster, role);
    const [host = "", hostMtu = ""] = networks.host.split(" ");
    const [external = "", externalMtu = ""] = networks.external.split(" ");
    expect(external).not.toBe(host);
    expect(networks).toMatchObject({
      resolvers: gateway,
      podResolvers: gateway,
      wayOut: `${gateway} ${external}`,
      rules: "0: from all lookup local 32766: from all lookup main 32767: from all lookup default",
      closed:
        "169: from 172.17.0.0/16 to 169.254.169.254 blackhole 169: from all to 169.254.169.254 iif cni0 blackhole",
      overlay: String(Number(hostMtu) - 50),
      externalFilter: "1",
      hostFilter: "0",
    });
    expect(Number(externalMtu)).toBeGreaterThanOrEqual(1280);
  });

  it("has nodes at addresses of the host network alone", async () => {
    interface Nodes {
      readonly items: readonly {
        readonly status: { readonly addresses: readonly { type: string; address: string }[] };
      }[];
    }
    const { items } = await running().json<Nodes>(["get", "nodes"]);
    const addresses = items.flatMap(({ status }) => status.addresses.filter(({ type }) => type !== "Hostname"));
    expect(addresses.sort((one, other) => one.address.localeCompare(other.address))).toEqual([
      { type: "InternalIP", address: "192.168.0.10" },
      { type: "InternalIP", address: "192.168.0.15" },
    ]);
  });

  it("names the master's both addresses in the certificate of the API", async () => {
    const { address, publicAddress } = running().machine("master");
    const socket = tls.connect({ host: publicAddress, port: 6443, rejectUnauthorized: false });
    const names = await new Promise<string>((resolve, reject) => {
      socket.once("error", reject).once("secureConnect", () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? "");
      });
    });
    socket.destroy();
    const addresses = names.split(", ").filter((name) => name.startsWith("IP Address:"));
    expect(addresses).toEqual(expect.arrayContaining([`IP Address:${address}`, `IP Address:${publicAddress}`]));
  });

  it.each(roles)("lets a pod on the %s find 20 names inside and 20 outside without a failure", async (role) => {
    const cluster = running();
    const ask = (name: string, address: string): string =>
      `for i in $(seq 20); do nslookup "${name}" | grep -q "^Address.*: *${address}$" || echo "failed: ${name}"; done`;
    const script = [
      ask("kubernetes.default.svc.cluster.local", "10.0.0.1"),
      // Others each time: CoreDNS would know an answer for half a minute.
      ask(`$(date +%s%N)-$i.${role}.${outsideDomain}`, cluster.cloud.addresses.gateway),
    ].join("\n");
    expect(await cluster.kubectl(["exec", `on-${role}-0`, "--", "sh", "-c", script])).toBe("");
  });

  it("drops what comes from outside with an address of the host network", async () => {
    const cluster = running();
    const { publicAddress } = cluster.machine("master");
    const dropped = async (): Promise<number> => Number(await cluster.ssh("master", counter));
    const before = await dropped();
    // UDP 8472 from the host network is open: the overlay of the pods.
    const sender = ["python3", "-c", forger, cluster.machine("node").address, publicAddress];
    await cluster.cloud.exec(sender, { timeout: 60 });
    await cluster.eventually("five forged packets are dropped", 1, async () =>
      (await dropped()) >= before + 5 ? true : undefined,
    );
  });
}

const counter = `python3 -c ${word(`
rows = [line.split() for line in open("/proc/net/netstat") if line.startswith("TcpExt:")]
print(dict(zip(rows[0], rows[1]))["IPReversePathFilter"])
`)}`;

/** Sends five datagrams to port 8472 in somebody else's name. */
const forger = `
import socket, struct, sys
source, target = (socket.inet_aton(address) for address in sys.argv[1:3])
payload = b"kovhernetes test"
datagram = struct.pack("!HHHH", 8472, 8472, 8 + len(payload), 0) + payload
header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0, source, target)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for _ in range(5):
    raw.sendto(header + datagram, (sys.argv[2], 0))
`;
