import * as fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderMaster, renderNode } from "../../cloudinit";
import { nodeDescription, masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";
import { parseUserData, renderedUnits } from "../support/user-data";

let machine: MachineRoot;

beforeEach(() => {
  machine = new MachineRoot();
});

afterEach(() => {
  machine.remove();
});

const hostDropIn = "etc/systemd/network/10-netplan-eth0.network.d/90-kovhernetes.conf";
const externalDropIn = "etc/systemd/network/10-netplan-eth1.network.d/90-kovhernetes.conf";
const resolved = "etc/systemd/resolved.conf.d/kovhernetes.conf";
const outside = "default via 203.0.113.1 dev eth1 proto dhcp src 203.0.113.9 metric 100";
const inside = "default via 192.168.0.1 dev eth0 proto dhcp src 192.168.0.15 metric";

interface Cards {
  /** Network file of each card. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default routes, as `ip` lists them. */
  readonly routes?: readonly string[];
  readonly address?: string;
  readonly networkd?: boolean;
}

/** A machine with two cards, whose programs write down what they were told to change. */
function installed(
  dnsServers: readonly string[],
  { files, routes = [outside], address = "192.168.0.15", networkd = true }: Cards = {},
): void {
  machine.install(renderNode({ ...nodeDescription, externalInterface: { dnsServers } }));
  for (const card of ["eth0", "eth1"]) {
    machine.write(`sys/class/net/${card}/device`, "");
    machine.write(`proc/sys/net/ipv4/conf/${card}/rp_filter`, "0\n");
  }
  machine.write("sys/class/net/flannel.1/address", "");
  machine.program(
    "bin/ip",
    `case "$*" in
      *"address show"*) echo "2: eth0    inet ${address}/27 brd 192.168.0.31 scope global eth0"
        echo "3: eth1    inet 203.0.113.9/24 scope global eth1" ;;
      *"show default") cat <<'END'
${routes.join("\n")}
END
      ;;
      *) cat <<'END'
${routes.filter((route) => route.includes("eth0")).join("\n")}
END
      ;;
    esac`,
  );
  const file = (card: string): string => files?.[card] ?? `/run/systemd/network/10-netplan-${card}.network`;
  machine.program(
    "bin/networkctl",
    `case "$*" in
      *"status eth0") echo "         Network File: ${file("eth0")}" ;;
      *"status eth1") echo "         Network File: ${file("eth1")}" ;;
      *) echo "networkctl $*" >>/run/told ;;
    esac`,
  );
  machine.program(
    "bin/systemctl",
    `case "$1" in is-active) exit ${networkd ? "0" : "3"} ;; *) echo "systemctl $*" >>/run/told ;; esac`,
  );
  fs.mkdirSync(machine.at("run"), { recursive: true });
}

const told = (): string[] => (fs.existsSync(machine.at("run/told")) ? machine.read("run/told").trim().split("\n") : []);
const has = (name: string): boolean => fs.existsSync(machine.at(name));

describe("order-networks.sh", () => {
  it("leaves the resolver and the routes of the host network behind those of the external one", async () => {
    installed([]);
    expect(await machine.run("order-networks.sh")).toEqual({ code: 0, output: "" });
    expect(machine.read(hostDropIn)).toBe("[Network]\nDNS=\n\n[DHCPv4]\nRouteMetric=2048\nUseDNS=no\n");
    expect([externalDropIn, resolved].filter(has)).toEqual([]);
    expect(told()).toEqual(["networkctl reload", "networkctl reconfigure eth0 eth1"]);
  });

  it("takes no forged packets from outside, and leaves the host network's interface as it is", async () => {
    installed([]);
    await machine.run("order-networks.sh");
    expect(machine.read("proc/sys/net/ipv4/conf/eth1/rp_filter")).toBe("1\n");
    expect(machine.read("proc/sys/net/ipv4/conf/eth0/rp_filter")).toBe("0\n");
  });

  it("asks the resolvers that were given, and no others", async () => {
    installed(["192.0.2.1", "192.0.2.2"]);
    expect(await machine.run("order-networks.sh")).toMatchObject({ code: 0 });
    expect(machine.read(resolved)).toBe("[Resolve]\nDNS=192.0.2.1 192.0.2.2\n");
    expect(machine.read(externalDropIn)).toMatch(/\[DHCPv4\]\nUseDNS=no\n/);
    expect(machine.read(hostDropIn)).toContain("UseDNS=no");
    expect(told()).toContain("systemctl try-restart systemd-resolved.service");
  });

  it("changes nothing at the next boot", async () => {
    installed(["192.0.2.1"]);
    await machine.run("order-networks.sh");
    fs.rmSync(machine.at("run/told"));
    expect(await machine.run("order-networks.sh")).toMatchObject({ code: 0 });
    expect(told()).toEqual([]);
  });

  it("is content with a gateway on the host network whose route comes after the other", async () => {
    installed([], { routes: [outside, `${inside} 2048`] });
    expect(await machine.run("order-networks.sh")).toEqual({ code: 0, output: "" });
  });

  it.each([
    [
      "a default route that leads through the host network alone",
      { routes: [`${inside} 2048`] },
      /the default route leads through the host network/,
    ],
    ["an address that is nobody's", { address: "192.168.0.99" }, /no interface has the address 192\.168\.0\.15/],
  ])("fails, saying so, on %s", async (_, cards, message) => {
    installed([], cards);
    expect(await machine.run("order-networks.sh")).toMatchObject({ code: 1 });
    expect(machine.console()).toMatch(/^kovhernetes: test-default-0: problem: /);
    expect(machine.console()).toMatch(message);
  });

  it.each([
    ["no way out at all", { routes: [] }, /there is no default route/],
    ["an image without systemd-networkd", { networkd: false }, /are not systemd-networkd's/],
    [
      "one file for both interfaces",
      { files: { eth0: "/etc/systemd/network/all.network", eth1: "/etc/systemd/network/all.network" } },
      /eth0 and eth1 have one network file \(.*all\.network\)/,
    ],
  ])("goes on, saying so, with %s", async (_, cards, message) => {
    installed([], cards);
    expect(await machine.run("order-networks.sh")).toMatchObject({ code: 0 });
    expect(machine.console()).toMatch(message);
    expect(machine.console()).not.toContain("problem");
  });
});

describe("a machine's user data", () => {
  it.each([
    ["node", renderNode(nodeDescription), renderNode({ ...nodeDescription, externalInterface: { dnsServers: [] } })],
    [
      "master",
      renderMaster(masterDescription),
      renderMaster({ ...masterDescription, externalInterface: { dnsServers: [] } }),
    ],
  ])("of a %s orders its networks before anything is downloaded where it has two, and only there", (_, one, two) => {
    expect(renderedUnits(one).has("kovhernetes-networks.service")).toBe(false);
    expect(parseUserData(one).files.get("/etc/kovhernetes/machine.env")?.content).not.toContain("DNS_SERVERS");
    expect(renderedUnits(two).get("kovhernetes-networks.service")).toContain("Before=kovhernetes-packages.service\n");
    expect(renderedUnits(two).get("kovhernetes.target")).toMatch(/Wants=.*kovhernetes-networks\.service/);
  });

  it("holds no resolver that is not an address", () => {
    const externalInterface = { dnsServers: ["192.0.2.1", "192.0.2.2\n[Resolve]"] };
    expect(() => renderNode({ ...nodeDescription, externalInterface })).toThrow(/DNS server's address is not IPv4/);
  });
});
