import { describe, expect, it } from "vitest";
import { externalNetworkProblems } from "../../components/checks/network";
import { validateConfig } from "../../components/checks/validate";
import type { RecordedMachine } from "../../components/model/recorded";
import { networkInState } from "../../components/recorded/network";
import { essentials } from "../../components/recorded/state";
import { smallest } from "./config-values";

const portType = "openstack:networking/port:Port";
type Entry = readonly [type: string, name: string, outputs: object];

const stateOf = (...entries: readonly Entry[]) =>
  essentials({
    outputs: Object.fromEntries(
      entries.map(([type, name, outputs]) => [`urn:pulumi:dev::kovhernetes::${type}::${name}`, { type, outputs }]),
    ),
  });
const port = (machine: string, address: string, networkId = "host-network"): Entry => [
  ...([portType, `dev-${machine}-port`] as const),
  { name: `dev-${machine}`, allFixedIps: [address], networkId, fixedIps: [{ subnetId: "host-subnet" }] },
];
const externalPort: Entry = [
  ...([portType, "dev-master-0-port-external"] as const),
  { name: "dev-master-0-external", allFixedIps: ["203.0.113.9"], networkId: "ext-net" },
];
const floatingIp: Entry = [
  ...(["openstack:networking/floatingIp:FloatingIp", "dev-master-0-port-floating-ip"] as const),
  { pool: "Ext-Net", address: "203.0.113.9" },
];
const subnet: Entry = ["openstack:networking/subnet:Subnet", "dev-network-subnet", { cidr: "192.168.0.0/27" }];
const ports = [port("master-0", "192.168.0.10"), port("default-0", "192.168.0.15")];

const machine = (name: string): RecordedMachine => ({
  ...{ name: `dev-${name}`, role: name === "master-0" ? "master" : "node", generation: 1, kubernetes: "1.36.3" },
  ...{ image: "Debian 12", flavor: "d2-4" },
});

function problemsOf(changes: object, state: unknown, machines = ["master-0", "default-0"]): readonly string[] {
  const result = validateConfig(
    { ...smallest, ...changes },
    { stackName: "dev", recordedMachines: machines.map(machine), recordedNetwork: networkInState(state) },
  );
  return "problems" in result
    ? result.problems.map(({ key, value, reason, remedy }) => `${key} ${value} ${reason}; ${remedy}`)
    : [];
}

describe("the way to the outside of machines that exist", () => {
  it.each([
    ["direct", externalPort, "none"],
    ["direct", externalPort, "floatingIp"],
    ["floatingIp", floatingIp, "none"],
    ["floatingIp", floatingIp, "direct"],
  ])("is not taken from them: %s stays, whatever generation is raised", (has, entry, wanted) => {
    const changes = { access: wanted, externalNetwork: wanted === "none" ? "" : "Ext-Net", master: { generation: 2 } };
    expect(problemsOf(changes, stateOf(subnet, ...ports, entry))).toEqual([
      `access ${wanted} is not ${has}, by which the machines that exist reach the outside: their way would be deleted ` +
        `while they run; keep ${has}; a cluster with another is another stack`,
    ]);
    const same = { access: has, externalNetwork: "Ext-Net" };
    expect(problemsOf(same, stateOf(subnet, ...ports, entry))).toEqual([]);
    expect(problemsOf(changes, stateOf(subnet, ...ports, entry), [])).toEqual([]);
  });

  it("is not led through another external network", () => {
    const other = { access: "floatingIp", externalNetwork: "Other-Net" };
    expect(problemsOf(other, stateOf(subnet, ...ports, floatingIp))).toEqual([
      "externalNetwork Other-Net is not the external network of the machines that exist: their addresses would be given back " +
        "while they run; keep Ext-Net; a cluster at another is another stack",
    ]);
    const direct = { mode: "direct", externalNetwork: "Other-Net" } as const;
    const recorded = networkInState(stateOf(subnet, ...ports, externalPort));
    expect(externalNetworkProblems(direct, "ext-net", recorded)).toEqual([]);
    expect(externalNetworkProblems(direct, "other-net", recorded)).toMatchObject([
      {
        key: "externalNetwork",
        remedy: "keep the one with the identifier ext-net; a cluster at another is another stack",
      },
    ]);
    expect(externalNetworkProblems(direct, "other-net", networkInState(undefined))).toEqual([]);
  });

  it("is not another existing network, also one of the same CIDR", () => {
    const [networkId, subnetId] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
    const at = (id: string): Entry => [
      ...([portType, "dev-master-0-port"] as const),
      { name: "dev-master-0", allFixedIps: ["192.168.0.10"], networkId: id, fixedIps: [{ subnetId }] },
    ];
    const existingNetwork = { networkId, subnetId };
    expect(problemsOf({ existingNetwork }, stateOf(at(networkId)))).toEqual([]);
    expect(problemsOf({ existingNetwork }, stateOf(at("another")))).toEqual([
      expect.stringMatching(
        /^existingNetwork\.networkId 1.*their ports would be deleted while they run; keep another;/,
      ),
    ]);
  });
});

describe("addresses that machines hold which the same update removes", () => {
  const state = stateOf(subnet, ...ports, externalPort);

  it("are not given to new ones, and the offset to write is named", () => {
    expect(problemsOf({ nodePools: { web: { count: 2 } } }, state)).toEqual([
      "nodePools.web.addressOffset 15 gives dev-web-0 the address 192.168.0.15, which dev-default-0 has until this update has removed it; " +
        "set nodePools.web.addressOffset to 16, which is free; or remove the machines that go in an update before",
    ]);
    expect(problemsOf({ nodePools: { web: { count: 2, addressOffset: 16 } } }, state)).toEqual([]);
  });

  it("are not given to a pool that grows, whose own machines stay where they are", () => {
    const grown = stateOf(subnet, ...ports, port("web-0", "192.168.0.16"));
    const nodePools = { default: { count: 3 }, job: { count: 0, addressOffset: 20 } };
    expect(problemsOf({ nodePools }, grown, ["master-0", "default-0", "web-0"])).toEqual([
      expect.stringMatching(
        /gives dev-default-1 the address 192\.168\.0\.16, which dev-web-0 has .*; remove dev-web-0 in an update before$/,
      ),
    ]);
  });

  it("are free where it is another network that has them, as that of another cluster in the stack", () => {
    const other = stateOf(subnet, ports[0] ?? externalPort, port("old-0", "192.168.0.15", "another-network"));
    expect(problemsOf({ nodePools: { web: { count: 2 } } }, other, ["master-0"])).toEqual([]);
  });

  it("are taken again by the machine that had them, whose server is gone", () => {
    expect(problemsOf({}, state, ["master-0"])).toEqual([]);
  });
});
