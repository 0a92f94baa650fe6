import { z } from "zod";
import type { ExportedResource, ExportedState } from "../shared/export.ts";
import type { ClusterDescription, DrawnMachine, DrawnRule } from "./description.ts";

const server = z.object({
  name: z.string(),
  imageName: z.string(),
  flavorName: z.string(),
  metadata: z.object({ "kovhernetes:pool": z.string() }),
});

const port = z.object({
  name: z.string(),
  fixedIps: z.array(z.object({ ipAddress: z.string().optional() })).nullish(),
  allFixedIps: z.array(z.string()).nullish(),
});

const floatingIpType = "openstack:networking/floatingIp:FloatingIp";
const association = z.object({ portId: z.string(), floatingIp: z.string() });
const floatingIp = z.object({ portId: z.string().min(1), address: z.string() });

const rule = z.object({
  securityGroupId: z.string(),
  protocol: z.string(),
  portRangeMin: z.number().optional(),
  portRangeMax: z.number().optional(),
  remoteIpPrefix: z.string(),
  description: z.string(),
});

const subnet = z.object({
  cidr: z.string(),
  allocationPools: z.array(z.object({ start: z.string(), end: z.string() })).default([]),
});

const volume = z.object({ size: z.number(), volumeType: z.string().optional() });
const podNetwork = z.object({ Network: z.string() });

/**
 * What the picture shows, out of what the stack made.
 * @param state the stack's; secrets may be encrypted
 * @param configuration the stack's values by key, for what no resource tells
 * @throws Error when the state holds no cluster
 */
export function describeState(
  { resources }: ExportedState,
  configuration: ReadonlyMap<string, string>,
): ClusterDescription {
  const ofType = (type: string): readonly ExportedResource[] => resources.filter((one) => one.type === type);
  const [cluster] = ofType("kovhernetes:index:Cluster");
  const machines = drawnMachines(resources);
  if (cluster === undefined || machines.length === 0) {
    throw new Error("the stack has no cluster: run `pulumi up` first");
  }
  const [network] = ofType("openstack:networking/network:Network");
  const made = subnet.safeParse(ofType("openstack:networking/subnet:Subnet")[0]?.outputs);
  const etcd = volume.safeParse(ofType("openstack:blockstorage/volume:Volume")[0]?.outputs);
  const hostCidr = made.success ? made.data.cidr : (configuration.get("hostCidr") ?? "");
  const rules = securityRules(resources);
  return {
    name: cluster.name,
    machines,
    rules: rules.map(({ drawn }) => drawn).filter(isFirst),
    adminCidrs: [...new Set(rules.flatMap(({ drawn, cidr }) => (drawn.from === "administrators" ? [cidr] : [])))],
    hostNetwork: {
      cidr: hostCidr,
      name: textOf(network, "name"),
      vlanId: configuration.get("vlanId"),
      allocation: made.success ? made.data.allocationPools[0] : undefined,
    },
    podCidr: podCidrOf(resources) ?? configuration.get("podCidr") ?? "",
    serviceCidr: configuration.get("serviceCidr") ?? "",
    dnsAddress: dnsAddressOf(ofType("kubernetes:core/v1:Service")[0]),
    access: accessOf(resources, configuration.get("externalNetwork") ?? ""),
    authorization: configuration.get("authorization") ?? "AlwaysAllow",
    localhostApi: offersLocalhostApi(resources),
    etcdVolume: etcd.success ? { sizeGiB: etcd.data.size, type: etcd.data.volumeType } : undefined,
  };
}

const trial = z.object({ metadata: z.object({ "kovhernetes:trial": z.string() }) });

/** Whether a master offers the API on its loopback: as it tells of itself, or, of one from an earlier version, by the certificate for it. */
function offersLocalhostApi(resources: readonly ExportedResource[]): boolean {
  const told = parsedOf(resources, "openstack:compute/instance:Instance", trial);
  return (
    told.some(({ outputs }) => outputs.metadata["kovhernetes:trial"].split(",").includes("localhostApi")) ||
    resources.some(({ urn }) => urn.endsWith("-localhost-api-certificate"))
  );
}

function textOf(found: ExportedResource | undefined, property: string): string | undefined {
  const value = found?.outputs[property];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Every server with its addresses, masters first. */
function drawnMachines(resources: readonly ExportedResource[]): readonly DrawnMachine[] {
  const ports = parsedOf(resources, "openstack:networking/port:Port", port);
  const publicAddressAt = floatingAddresses(resources);
  const portOf = (name: string) => ports.find(({ outputs }) => outputs.name === name);
  return parsedOf(resources, "openstack:compute/instance:Instance", server)
    .map(({ outputs: { name, imageName, flavorName, metadata } }): DrawnMachine => {
      const host = portOf(name);
      return {
        name,
        pool: metadata["kovhernetes:pool"],
        address: host?.outputs.fixedIps?.[0]?.ipAddress ?? "",
        publicAddress:
          publicAddressAt.get(host?.id ?? "") ??
          // OVH's external network gives an IPv6 address as well.
          portOf(`${name}-external`)?.outputs.allFixedIps?.find((address) => !address.includes(":")),
        image: imageName,
        flavor: flavorName,
      };
    })
    .sort((one, other) => rankOf(one) - rankOf(other));
}

/** Floating addresses by the ports that they lead to. Earlier versions of the program led one there when they allocated it. */
function floatingAddresses(resources: readonly ExportedResource[]): ReadonlyMap<string, string> {
  const allocated = parsedOf(resources, floatingIpType, floatingIp);
  const led = parsedOf(resources, "openstack:networking/floatingIpAssociate:FloatingIpAssociate", association);
  return new Map([
    ...allocated.map(({ outputs }): [string, string] => [outputs.portId, outputs.address]),
    ...led.map(({ outputs }): [string, string] => [outputs.portId, outputs.floatingIp]),
  ]);
}

/** Addresses in their order, masters' before nodes' wherever they are. */
function rankOf({ pool, address }: DrawnMachine): number {
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return pool === "master" ? number - 2 ** 32 : number;
}

/** The resources of a type whose outputs are of this form. */
function parsedOf<T>(resources: readonly ExportedResource[], type: string, form: z.ZodType<T>) {
  return resources.flatMap((one) => {
    const outputs = one.type === type ? form.safeParse(one.outputs) : undefined;
    return outputs?.success === true ? [{ id: one.id, outputs: outputs.data }] : [];
  });
}

/** The rules in the order of ports, each with the network that it opens to. */
function securityRules(resources: readonly ExportedResource[]) {
  const groups = resources.filter(({ type }) => type === "openstack:networking/secGroup:SecGroup");
  const masters = groups.find((group) => group.name.endsWith("-masters"));
  return resources
    .filter(({ type }) => type === "openstack:networking/secGroupRule:SecGroupRule")
    .map(({ outputs }) => rule.parse(outputs))
    .sort((one, other) => firstPort(one) - firstPort(other))
    .map(({ securityGroupId, protocol, portRangeMin = 0, portRangeMax = 0, remoteIpPrefix, description }) => {
      const ports = [...new Set([portRangeMin, portRangeMax])].filter((port) => port !== 0).join("–");
      const drawn: DrawnRule = {
        appliesTo: securityGroupId === masters?.id ? "masters" : "machines",
        what: [protocol.toUpperCase(), ports].filter(Boolean).join(" "),
        // "SSH, administrators": what is open, and to whom; "node ports" are open to their network.
        from: description.split(", ")[1] ?? remoteIpPrefix,
      };
      return { drawn, cidr: remoteIpPrefix };
    });
}

/** Protocols without ports come last; the provider has 0 for none. */
function firstPort({ portRangeMin = 0 }: z.infer<typeof rule>): number {
  return portRangeMin === 0 ? Number.MAX_SAFE_INTEGER : portRangeMin;
}

function isFirst(drawn: DrawnRule, index: number, all: readonly DrawnRule[]): boolean {
  return all.findIndex((other) => JSON.stringify(other) === JSON.stringify(drawn)) === index;
}

function podCidrOf(resources: readonly ExportedResource[]): string | undefined {
  const data = resources.flatMap(({ type, outputs }) =>
    type === "kubernetes:core/v1:ConfigMap" ? [outputs["data"] as Record<string, unknown> | undefined] : [],
  );
  const text = data.map((files) => files?.["net-conf.json"]).find((file) => typeof file === "string");
  return text === undefined ? undefined : podNetwork.parse(JSON.parse(text)).Network;
}

function dnsAddressOf(service: ExportedResource | undefined): string | undefined {
  const found = z.object({ spec: z.object({ clusterIP: z.string() }) }).safeParse(service?.outputs);
  return found.success ? found.data.spec.clusterIP : undefined;
}

function accessOf(resources: readonly ExportedResource[], externalNetwork: string): ClusterDescription["access"] {
  const floating = resources.find(({ type }) => type === floatingIpType);
  const router = resources.find(({ type }) => type === "openstack:networking/router:Router");
  if (floating !== undefined) {
    return {
      mode: "floatingIp",
      externalNetwork: textOf(floating, "pool") ?? externalNetwork,
      router: textOf(router, "name"),
    };
  }
  const second = resources.some(
    (one) => one.type === "openstack:networking/port:Port" && one.name.endsWith("-external"),
  );
  return second ? { mode: "direct", externalNetwork } : { mode: "none" };
}
