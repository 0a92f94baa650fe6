import * as dgram from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { word } from "../../commands/shared/remote.ts";
import type { RunningCluster } from "./support.ts";

type Role = "master" | "node";

/** Where datagrams must not come in: services that are often found there, a kubelet's number, and one of no meaning. */
const closed = [53, 111, 123, 161, 4789, 10250, 40404];
/** Open to machines of the cluster, and to nobody outside it. */
const nodePort = 30001;

/** Receives datagrams on ports for some seconds, and prints those that got one, each with who sent it. */
const receiver = `
import select, socket, sys, time
ports = [int(port) for port in sys.argv[1].split(",")]
sockets = {}
for port in ports:
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        one = socket.socket(family, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            one.bind((address, port))
            sockets[one] = port
        except OSError:
            pass
seen = set()
until = time.time() + 20
while time.time() < until:
    for one in select.select(list(sockets), [], [], 1)[0]:
        words = one.recv(100).split()
        if words[:1] == [b"kovhernetes"]:
            seen.add((sockets[one], words[1].decode()))
print(",".join(f"{port} {sender}" for port, sender in sorted(seen)))
`;

/** Connects by IPv6 to link-local addresses, to all ports at once, and prints those that took the connection. */
const connector = `
import concurrent.futures, socket, sys
address, interface, ports = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
def takes(port):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as one:
        one.settimeout(5)
        try:
            one.connect((address, int(port), 0, socket.if_nametoindex(interface)))
            return True
        except OSError:
            return False
with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
    for port, taken in zip(ports, pool.map(takes, ports)):
        if taken:
            print(port)
`;

/** What comes in beside TCP over IPv4. */
export function datagramTests(running: () => RunningCluster): void {
  const other = (role: Role): Role => (role === "master" ? "node" : "master");

  it.each(["master", "node"] as const)(
    "lets datagrams into the %s on node ports from the other machine alone, and from outside none",
    async (role) => {
      const cluster = running();
      const { address, publicAddress } = cluster.machine(role);
      const own = 50505;
      const received = cluster.ssh(role, `python3 -c ${word(receiver)} ${[...closed, nodePort, own].join(",")}`);
      await delay(8_000);
      // Its own, which passes no security group, shows that it listens.
      const send = (sender: string, ports: readonly number[]): string =>
        `for port in ${ports.join(" ")}; do bash -c "printf 'kovhernetes ${sender}' >/dev/udp/${address}/$port"; done`;
      await cluster.ssh(role, send("itself", [own]));
      await cluster.ssh(other(role), send("machine", [...closed, nodePort]));
      const socket = dgram.createSocket("udp4");
      for (const port of [...closed, nodePort]) socket.send("kovhernetes outside", port, publicAddress);
      await delay(1_000);
      socket.close();
      expect(await received).toBe(`${nodePort} machine,${own} itself`);
    },
  );

  it.each(["master", "node"] as const)("answers on no port of the %s by IPv6", async (role) => {
    const cluster = running();
    const link = (of: Role): Promise<string> =>
      cluster.ssh(
        of,
        `interface=$(ip -o -4 address | awk '/${cluster.machine(of).address}\\// { print $2 }')
         ip -o -6 address show dev "$interface" scope link | awk '{ sub("/.*", "", $4); print $4, $2 }'`,
      );
    const [address = ""] = (await link(role)).split(" ");
    const connect = async (from: Role): Promise<string> => {
      const [, interface_ = ""] = (await link(from)).split(" ");
      return cluster.ssh(from, `python3 -c ${word(connector)} ${address} ${interface_} 22,2379,6443,10250,10256`);
    };
    expect(address).toMatch(/^fe80:/);
    // From the machine itself SSH answers there: the others find a closed door, not an empty house.
    expect((await connect(role)).split("\n")).toContain("22");
    expect(await connect(other(role))).toBe("");
  });
}
