import { describe, expect, it } from "vitest";
import { validateConfig } from "../../components/checks/validate";
import { corefile } from "../../components/addons/coredns";
import type { RecordedMachine } from "../../components/model/recorded";
import { networkInState } from "../../components/recorded/network";
import type { RecordedNetwork } from "../../components/model/recorded";
import { essentials } from "../../components/recorded/state";
import { smallest } from "./config-values";

const urn = (type: string, name: string) => `urn:pulumi:dev::kovhernetes::${type}::${name}`;
const networkType = "openstack:networking/network:Network";
const subnetType = "openstack:networking/subnet:Subnet";
const portType = "openstack:networking/port:Port";
const configMapType = "kubernetes:core/v1:ConfigMap";
const serviceType = "kubernetes:core/v1:Service";

function stateWith(valueSpecs: object = {}, netConf?: string) {
  const resources: readonly (readonly [type: string, name: string, outputs: object])[] = [
    [networkType, "dev-network", { id: "n", name: "dev-network", valueSpecs }],
    [subnetType, "dev-network-subnet", { id: "s", cidr: "192.168.0.0/27" }],
    [portType, "dev-master-0-port", { name: "dev-master-0", allFixedIps: ["192.168.0.10"] }],
    [portType, "dev-default-0-port", { name: "dev-default-0", allFixedIps: ["192.168.0.15"] }],
    [portType, "dev-default-1-port", { name: "dev-default-1", allFixedIps: [] }],
    ...(netConf === undefined
      ? []
      : ([
          [configMapType, "dev-startup-addons-flannel", { data: { "net-conf.json": netConf } }],
          [configMapType, "dev-startup-addons-coredns", { data: { Corefile: corefile("cluster.local") } }],
          [serviceType, "dev-startup-addons-coredns", { spec: { clusterIP: "10.0.0.10" } }],
          [serviceType, "somebody's", { spec: { clusterIP: "10.0.0.99" } }],
        ] as const)),
  ];
  return essentials({
    outputs: Object.fromEntries(resources.map(([type, name, outputs]) => [urn(type, name), { type, outputs }])),
  });
}

describe("the network in a stack's state", () => {
  it("is the subnet's CIDR, the VLAN, and the addresses that machines have", () => {
    const addresses = { "dev-master-0": "192.168.0.10", "dev-default-0": "192.168.0.15" };
    expect(networkInState(stateWith())).toEqual({ own: { hostCidr: "192.168.0.0/27", vlanId: undefined }, addresses });
    const inVrack = networkInState(stateWith({ "provider:segmentation_id": "12" }));
    expect(inVrack.own).toEqual({ hostCidr: "192.168.0.0/27", vlanId: 12 });
  });

  it("is also what add-ons were told", () => {
    const told = networkInState(stateWith({}, JSON.stringify({ Network: "172.17.0.0/16" })));
    expect(told).toMatchObject({
      podCidr: "172.17.0.0/16",
      dnsServiceAddress: "10.0.0.10",
      clusterDomain: "cluster.local",
    });
    expect(networkInState(stateWith({}, "edited by hand"))).not.toHaveProperty("podCidr");
  });

  it("is none of a new stack", () => {
    expect(networkInState(undefined)).toEqual({ addresses: {} });
  });
});

const machine = (name: string): RecordedMachine => ({
  ...{ name, role: name.endsWith("master-0") ? "master" : "node", generation: 1, kubernetes: "1.36.3" },
  ...{ image: "Debian 12", flavor: "d2-4" },
});
const machines = ["dev-master-0", "dev-default-0"].map(machine);

function problemsOf(
  changes: Readonly<Record<string, unknown>>,
  recordedNetwork: RecordedNetwork = networkInState(stateWith()),
  recordedMachines: readonly RecordedMachine[] = machines,
): readonly string[] {
  const values = { ...smallest, ...changes };
  const result = validateConfig(values, { stackName: "dev", recordedMachines, recordedNetwork });
  return "problems" in result
    ? result.problems.map(({ key, value, reason, remedy }) => `${key} ${value} ${reason}; ${remedy}`)
    : [];
}

describe("a cluster that exists", () => {
  it("may grow, and keep what it has", () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ nodes: 9, nodePools: { more: { count: 1, addressOffset: 26 } } })).toEqual([]);
    expect(problemsOf({ hostCidr: "192.168.0.0/27" })).toEqual([]);
  });

  it("is not given another network, from under its machines", () => {
    const elsewhere = "a cluster in another network is another stack";
    expect(problemsOf({ hostCidr: "192.168.0.0/24", vlanId: 7 })).toEqual([
      `hostCidr 192.168.0.0/24 is not that of the network in which machines exist; keep 192.168.0.0/27; ${elsewhere}`,
      `vlanId 7 is not that of the network in which machines exist; leave it out; ${elsewhere}`,
    ]);
    const inVrack = networkInState(stateWith({ "provider:segmentation_id": "12" }));
    expect(problemsOf({}, inVrack)).toEqual([expect.stringMatching(/^vlanId \(not set\).*; keep 12; /)]);
    const existingNetwork = {
      networkId: "11111111-1111-4111-8111-111111111111",
      subnetId: "22222222-2222-4222-8222-222222222222",
    };
    expect(problemsOf({ existingNetwork })).toEqual([expect.stringContaining("leave it out")]);
    const { addresses } = networkInState(stateWith());
    expect(problemsOf({ existingNetwork }, { addresses })).toEqual([]);
    expect(problemsOf({}, { addresses })).toEqual([expect.stringMatching(/^existingNetwork \(not set\) is left out/)]);
    const elsewhereInIt = problemsOf({ existingNetwork, hostCidr: "192.168.7.0/24" }, { addresses });
    expect(elsewhereInIt).toEqual([expect.stringContaining("gives the master another address")]);
  });

  it("is not given other networks for pods and services, of which its machines know nothing", () => {
    const told = networkInState(stateWith({}, JSON.stringify({ Network: "172.17.0.0/16" })));
    expect(problemsOf({}, told)).toEqual([]);
    expect(problemsOf({ podCidr: "172.20.0.0/16", serviceCidr: "10.9.0.0/16" }, told)).toEqual([
      expect.stringMatching(/^podCidr 172\.20\.0\.0\/16 is not what .*; keep 172\.17\.0\.0\/16;/),
      expect.stringMatching(/^serviceCidr 10\.9\.0\.0\/16 .*; keep what it was \(cluster DNS is at 10\.0\.0\.10\)/),
    ]);
    expect(problemsOf({ serviceCidr: "10.0.0.0/12" }, told)).toEqual([]);
  });

  it("is not given another domain, in which no pod of its machines looks for services", () => {
    const told = networkInState(stateWith({}, JSON.stringify({ Network: "172.17.0.0/16" })));
    expect(problemsOf({ clusterDomain: "shop.internal", master: { generation: 2 } }, told)).toEqual([
      "clusterDomain shop.internal is not what the machines that exist were told: no pod on them would find a service by its name; " +
        "keep cluster.local; a cluster of another domain is another stack",
    ]);
    expect(problemsOf({ clusterDomain: "shop.internal" })).toEqual([]);
  });

  it("is not given other addresses, also not with another generation: its machines would be cut off before they are drained", () => {
    expect(problemsOf({ nodePools: { default: { addressOffset: 20, generation: 2 } } })).toEqual([
      "nodePools.default.addressOffset 20 gives machines that exist other addresses: dev-default-0 has 192.168.0.15, and would have 192.168.0.20; " +
        "set it to 15; for other addresses make a pool of another name, and remove this one",
    ]);
  });

  it("may be anywhere while it has no machines", () => {
    expect(problemsOf({ hostCidr: "192.168.7.0/24" }, networkInState(stateWith()), [])).toEqual([]);
    expect(problemsOf({ hostCidr: "192.168.7.0/24" }, { addresses: {} })).toEqual([]);
  });

  it("keeps its name, also when the stack gets another one: all of it would be deleted", () => {
    const others = ["prod-master-0", "prod-default-0"].map(machine);
    expect(problemsOf({}, { addresses: {} }, others)).toEqual([
      "clusterName dev is another cluster than prod, which the stack has: its machines would be deleted; " +
        "set it to prod, whatever the stack is called; another cluster is another stack",
    ]);
    expect(problemsOf({ clusterName: "prod" }, { addresses: {} }, others)).toEqual([]);
    expect(problemsOf({}, { addresses: {} }, [machine("dev-default-0")])).toEqual([]);
  });
});
