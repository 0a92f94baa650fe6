import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { planAddresses } from "../../components/plan/addresses";
import type { AccessConfig, NetworkConfig } from "../../components/model/cluster";
import { securityRules } from "../../components/plan/security-rules";
import {
  identifier,
  pretendCloud,
  pretendedAddress,
  promiseOf,
  runProgram,
  type RegisteredResource,
} from "../support/mocks";
import { directAccess, exampleNetwork, floatingAccess, floatingMasters, privateAccess } from "./example-cluster";

const portType = "openstack:networking/port:Port";
const networkType = "openstack:networking/network:Network";
const subnetType = "openstack:networking/subnet:Subnet";
const routerType = "openstack:networking/router:Router";
const routerInterfaceType = "openstack:networking/routerInterface:RouterInterface";
const floatingIpType = "openstack:networking/floatingIp:FloatingIp";
const associationType = "openstack:networking/floatingIpAssociate:FloatingIpAssociate";

let modules: typeof import("../../components/network/attachment") &
  typeof import("../../components/network/network") &
  typeof import("../../components/network/security");
beforeAll(async () => {
  await pretendCloud();
  modules = {
    ...(await import("../../components/network/attachment.ts")),
    ...(await import("../../components/network/network.ts")),
    ...(await import("../../components/network/security.ts")),
  };
});

const addresses = planAddresses({ ...exampleNetwork, masterCount: 1, pools: [] });
const existing = { networkId: identifier("given", "network"), subnetId: identifier("given", "subnet") };
const externalNetworkId = identifier("given", "external");

/** A network and the attachment of one machine to it. */
function attach(access: AccessConfig, network: Partial<NetworkConfig> = {}, role: "master" | "node" = "node") {
  return runProgram(async (options) => {
    const made = new modules.Network(
      "net",
      { network: { ...exampleNetwork, ...network }, access, addresses, externalNetworkId, tags: ["a=b"] },
      options,
    );
    const attachment = new modules.Attachment(
      "machine",
      {
        network: made,
        access,
        role,
        hostName: "dev-machine-0",
        address: "192.168.0.15",
        securityGroupIds: ["group-1"],
        externalNetworkId,
        tags: ["a=b"],
      },
      options,
    );
    return {
      networkId: await promiseOf(made.networkId),
      subnetId: await promiseOf(made.subnetId),
      portIds: await Promise.all(attachment.portIds.map(promiseOf)),
      publicAddresses: await promiseOf(attachment.publicAddresses),
      routerInterface: made.routerInterface,
    };
  });
}

const cloudTypes = (resources: readonly RegisteredResource[]): readonly string[] =>
  resources.flatMap(({ type }) => (type.startsWith("openstack:") ? [type] : [])).sort();

function only(resources: readonly RegisteredResource[], type: string): RegisteredResource {
  const [found, ...more] = resources.filter((resource) => resource.type === type);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} or no ${type}`);
  return found;
}

describe("Network and Attachment", () => {
  it.each([
    ["direct", directAccess, "node", [networkType, portType, portType, subnetType]],
    [
      "floatingIp",
      floatingAccess,
      "node",
      [floatingIpType, associationType, networkType, portType, routerType, routerInterfaceType, subnetType],
    ],
    [
      "floatingIp for masters alone, a node",
      floatingMasters,
      "node",
      [networkType, portType, routerType, routerInterfaceType, subnetType],
    ],
    [
      "floatingIp for masters alone, a master",
      floatingMasters,
      "master",
      [floatingIpType, associationType, networkType, portType, routerType, routerInterfaceType, subnetType],
    ],
    ["none", privateAccess, "node", [networkType, portType, subnetType]],
  ] as const)("with access %s make what that access needs", async (_, access, role, types) => {
    const { resources } = await attach(access, {}, role);
    expect(cloudTypes(resources)).toEqual([...types].sort());
  });

  it.each([
    ["direct", directAccess, [portType, portType]],
    ["floatingIp", floatingAccess, [floatingIpType, associationType, portType]],
    ["none", privateAccess, [portType]],
  ] as const)("with access %s on an existing network make neither network nor router", async (_, access, types) => {
    const { result, resources } = await attach(access, { existing });
    expect(cloudTypes(resources)).toEqual([...types].sort());
    expect(result).toMatchObject(existing);
    expect(
      only(
        resources.filter(({ name }) => name === "machine"),
        portType,
      ).inputs,
    ).toMatchObject({
      networkId: existing.networkId,
      fixedIps: [{ subnetId: existing.subnetId, ipAddress: "192.168.0.15" }],
    });
  });

  it("give the subnet DHCP, the allocation pool of the plan and the resolvers", async () => {
    const { result, resources } = await attach(privateAccess);
    expect(only(resources, subnetType).inputs).toMatchObject({
      networkId: result.networkId,
      cidr: "192.168.0.0/27",
      ipVersion: 4,
      enableDhcp: true,
      allocationPools: [{ start: "192.168.0.2", end: "192.168.0.9" }],
      dnsNameservers: ["192.0.2.53"],
    });
  });

  it("give a gateway only where a router answers at it", async () => {
    for (const access of [directAccess, privateAccess]) {
      const { inputs } = only((await attach(access)).resources, subnetType);
      expect(inputs).toMatchObject({ noGateway: true });
      expect(inputs).not.toHaveProperty("gatewayIp");
    }
    const { inputs } = only((await attach(floatingAccess)).resources, subnetType);
    expect(inputs).toMatchObject({ gatewayIp: "192.168.0.1" });
    expect(inputs).not.toHaveProperty("noGateway");
  });

  it("name the VLAN of OVH's vRack where one is given, and nothing provider-specific elsewhere", async () => {
    const withVlan = await attach(directAccess, { vlanId: 0 });
    expect(only(withVlan.resources, networkType).inputs).toMatchObject({
      valueSpecs: { "provider:network_type": "vrack", "provider:segmentation_id": "0" },
    });
    expect(only((await attach(directAccess)).resources, networkType).inputs).not.toHaveProperty("valueSpecs");
  });

  it("reserve the address on the host network's port, which comes first, with its groups and port security", async () => {
    const { result, resources } = await attach(directAccess);
    const [host, external] = resources.filter(({ type }) => type === portType);
    expect(result.portIds).toEqual([host, external].map((port) => identifier(portType, port?.name ?? "")));
    expect(host?.inputs).toMatchObject({
      networkId: result.networkId,
      fixedIps: [{ subnetId: result.subnetId, ipAddress: "192.168.0.15" }],
    });
    expect(external?.inputs).toMatchObject({ networkId: externalNetworkId });
    expect(external?.inputs).not.toHaveProperty("fixedIps");
    // On a network of others Neutron lets only their owners say anything about it, be it what is so anyway.
    expect(external?.inputs).not.toHaveProperty("portSecurityEnabled");
    expect(host?.inputs).toMatchObject({ portSecurityEnabled: true });
    expect(only(resources, networkType).inputs).toMatchObject({ portSecurityEnabled: true });
    const given = (await attach(floatingAccess, { existing })).resources.find(({ type }) => type === portType);
    expect(given?.inputs).not.toHaveProperty("portSecurityEnabled");
    for (const port of [host, external]) {
      expect(port?.inputs).toMatchObject({ securityGroupIds: ["group-1"], adminStateUp: true });
      expect(port?.inputs).not.toHaveProperty("noSecurityGroups");
    }
  });

  it("tell the public IPv4 address, and none where there is none", async () => {
    expect((await attach(directAccess)).result.publicAddresses).toEqual([pretendedAddress("machine-external")]);
    expect((await attach(floatingAccess)).result.publicAddresses).toEqual([pretendedAddress("machine-floating-ip")]);
    expect((await attach(floatingMasters)).result.publicAddresses).toEqual([]);
    expect((await attach(privateAccess)).result.publicAddresses).toEqual([]);
  });

  it("lead the floating address to the machine's port once the router has its interface", async () => {
    const { result, resources } = await attach(floatingAccess);
    const association = only(resources, associationType);
    expect(association.inputs).toEqual({
      floatingIp: pretendedAddress("machine-floating-ip"),
      portId: result.portIds[0],
    });
    expect(association.options.dependsOn).toEqual([result.routerInterface]);
    expect(only(resources, routerType).inputs).toMatchObject({ externalNetworkId });
    expect(only(resources, routerInterfaceType).inputs).toEqual({
      routerId: identifier(routerType, "net-router"),
      subnetId: result.subnetId,
    });
  });

  it("allocate the floating address at once: a certificate waits for it", async () => {
    const floatingIp = only((await attach(floatingAccess)).resources, floatingIpType);
    expect(floatingIp.inputs).toEqual({ pool: "Ext-Net", description: "dev-machine-0", tags: ["a=b"] });
    expect(floatingIp.options.dependsOn).toBeUndefined();
  });

  it("tag whatever Neutron can tag", async () => {
    const { resources } = await attach(floatingAccess);
    const untagged = resources.filter(
      ({ type, inputs }) => type.startsWith("openstack:") && inputs["tags"] === undefined,
    );
    expect(untagged.map(({ type }) => type)).toEqual([routerInterfaceType, associationType]);
  });
});

describe("Security", () => {
  it("makes every row of the table in its own group, for incoming IPv4", async () => {
    const args = {
      hostCidr: "192.168.0.0/27",
      adminCidrs: ["198.51.100.7/32", "198.51.100.7/32", "192.168.0.0/27"],
      nodePortCidrs: ["0.0.0.0/0"],
      masterAddresses: ["192.168.0.10"],
    };
    const { result, resources } = await runProgram(async (options) => {
      const security = new modules.Security("sec", { ...args, tags: [] }, options);
      return {
        node: await Promise.all(security.nodeGroupIds.map(promiseOf)),
        master: await Promise.all(security.masterGroupIds.map(promiseOf)),
      };
    });
    const group = (name: string) => identifier("openstack:networking/secGroup:SecGroup", `sec-${name}`);
    expect(result).toEqual({ node: [group("machines")], master: [group("machines"), group("masters")] });
    const made = resources.filter(({ type }) => type === "openstack:networking/secGroupRule:SecGroupRule");
    expect(made.map(({ inputs }) => inputs)).toEqual(
      securityRules(args).map((rule) => ({
        securityGroupId: group(rule.appliesTo),
        direction: "ingress",
        ethertype: "IPv4",
        protocol: rule.protocol,
        remoteIpPrefix: rule.from,
        description: rule.description,
        ...(rule.ports === undefined ? {} : { portRangeMin: rule.ports[0], portRangeMax: rule.ports[1] }),
      })),
    );
    // The cloud deletes them with the group.
    const urns = made.map(({ options }) => promiseOf(pulumi.output(options.deletedWith?.urn)));
    expect((await Promise.all(urns)).map((urn) => urn?.split("::").at(-1))).toEqual(
      securityRules(args).map(({ appliesTo }) => `sec-${appliesTo}`),
    );
  });
});
