import { execa } from "execa";
import { Address4 } from "ip-address";
import { capture } from "../lib/process.ts";
import type { Addresses } from "./addresses.ts";

/** Interface in the cloud's namespace that Neutron puts into the bridge of the external network. */
const bridgedInterface = "ext0";

/**
 * Makes the cloud's network namespace, its link to the host, and the external network behind it. Nothing leads out of
 * it but the link: guests reach the cloud and the host's end of the link, and no other network.
 */
export async function createNetwork(addresses: Addresses): Promise<void> {
  const { namespace, host, cloud, gateway, externalCidr } = addresses;
  await ip("netns", "add", namespace);
  await ip("link", "add", namespace, "type", "veth", "peer", "name", "host0", "netns", namespace);
  await ip("addr", "add", `${host}/24`, "dev", namespace);
  await ip("link", "set", namespace, "up");
  const inside = (...args: string[]) => ip("-n", namespace, ...args);
  await inside("link", "set", "lo", "up");
  await inside("addr", "add", `${cloud}/24`, "dev", "host0");
  await inside("link", "set", "host0", "up");
  await inside("link", "add", bridgedInterface, "type", "veth", "peer", "name", "gateway0");
  await inside("link", "set", bridgedInterface, "up");
  await inside("addr", "add", `${gateway}/${new Address4(externalCidr).subnetMask}`, "dev", "gateway0");
  await inside("link", "set", "gateway0", "up");
  // Without bridge-nf-call-iptables security groups would not see traffic between ports of one bridge.
  const settings = ["ipv4/ip_forward", "bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"];
  const script = settings.map((name) => `echo 1 >/proc/sys/net/${name}`).join(" && ");
  await ip("netns", "exec", namespace, "sh", "-c", script);
  await ip("route", "add", externalCidr, "via", cloud, "dev", namespace);
}

/** Removes what {@link createNetwork} made, whole or in part; the route goes with the link. */
export async function removeNetwork({ namespace }: Addresses): Promise<void> {
  await execa("ip", ["link", "delete", namespace], { reject: false, stdin: "ignore" });
  await execa("ip", ["netns", "delete", namespace], { reject: false, stdin: "ignore" });
  // The first namespace of all made iproute2 mount this directory on itself.
  if ((await capture("ip", ["netns", "list"])) === "") {
    await execa("umount", ["/run/netns"], { reject: false, stdin: "ignore" });
  }
}

/** Identifiers of all processes in the cloud's network namespace: they are the cloud's, whoever started them. */
export async function namespaceProcesses({ namespace }: Addresses): Promise<number[]> {
  const result = await execa("ip", ["netns", "pids", namespace], { reject: false, stdin: "ignore" });
  return result.exitCode === 0 ? result.stdout.split("\n").filter(Boolean).map(Number) : [];
}

/** @throws Error when the host already uses addresses that the cloud needs. */
export async function checkAddressesFree(addresses: Addresses): Promise<void> {
  const routes = JSON.parse(await capture("ip", ["-4", "-json", "route", "show", "table", "all"])) as Route[];
  for (const { dst, dev } of routes) {
    if (dst === "default" || dev === addresses.namespace) continue;
    for (const wanted of [addresses.linkCidr, addresses.externalCidr]) {
      if (overlaps(dst, wanted)) {
        throw new Error(
          `the lab's cloud needs ${wanted}, but this machine routes ${dst} to ${dev ?? "nowhere"}: remove that route ` +
            `(ip route show ${dst}), or run the lab on a machine without it`,
        );
      }
    }
  }
}

interface Route {
  readonly dst: string;
  readonly dev?: string;
}

function overlaps(left: string, right: string): boolean {
  const [a, b] = [new Address4(left), new Address4(right)];
  return a.isInSubnet(b) || b.isInSubnet(a);
}

async function ip(...args: string[]): Promise<void> {
  await capture("ip", args);
}
