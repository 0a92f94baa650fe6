import type { RecordedNetwork } from "../model/recorded";
import { z } from "zod";
import { logicalNameInState } from "./cluster";
import { resourcesInState } from "./state";

const networkType = "openstack:networking/network:Network";
const subnetType = "openstack:networking/subnet:Subnet";
const portType = "openstack:networking/port:Port";
const floatingIpType = "openstack:networking/floatingIp:FloatingIp";
const routerType = "openstack:networking/router:Router";
const configMapType = "kubernetes:core/v1:ConfigMap";
const serviceType = "kubernetes:core/v1:Service";

const subnet = z.object({ cidr: z.string() });
const vlan = z.object({ valueSpecs: z.object({ "provider:segmentation_id": z.coerce.number() }) });
const flannel = z.object({ data: z.object({ "net-conf.json": z.string() }) });
const flannelNetwork = z.object({ Network: z.string() });
const coredns = z.object({ data: z.object({ Corefile: z.string() }) });
const dns = z.object({ spec: z.object({ clusterIP: z.string() }) });
const port = z.object({
  name: z.string(),
  allFixedIps: z.tuple([z.string()], z.string()),
  networkId: z.string().optional(),
  fixedIps: z.array(z.object({ subnetId: z.string().optional() })).optional(),
});
const floatingIp = z.object({ pool: z.string() });

/**
 * The network in a stack's state, as `readState` gives it.
 * @param clusterName whose; that of the only cluster when it is absent
 */
export function networkInState(answer: unknown, clusterName?: string): RecordedNetwork {
  const resources = resourcesInState(answer);
  const logicalName = clusterName === undefined ? undefined : logicalNameInState(resources, clusterName);
  const outputsOf = (type: string, ending: string): unknown[] =>
    resources
      .filter((one) => one.type === type && one.name.endsWith(ending))
      .filter(({ name }) => clusterName === undefined || name === `${logicalName ?? ""}${ending}`)
      .map(({ outputs }) => outputs);
  const { data } = subnet.safeParse(outputsOf(subnetType, "-network-subnet")[0]);
  const vlanId = vlan.safeParse(outputsOf(networkType, "-network")[0]).data?.valueSpecs["provider:segmentation_id"];
  const ports = resources.flatMap(({ type, outputs }) =>
    type === portType ? (port.safeParse(outputs).data ?? []) : [],
  );
  // A master has each of these for as long as its machine is there.
  const hostPort = port.safeParse(outputsOf(portType, "-master-0-port")[0]).data;
  const external = port.safeParse(outputsOf(portType, "-master-0-port-external")[0]).data;
  const floating = outputsOf(floatingIpType, "-master-0-port-floating-ip");
  const hasRouter = outputsOf(routerType, "-network-router").length > 0;
  const pool = floatingIp.safeParse(floating[0]).data?.pool;
  const subnetId = hostPort?.fixedIps?.[0]?.subnetId;
  const isInOurNetwork = ({ networkId }: (typeof ports)[number]): boolean =>
    hostPort?.networkId === undefined || networkId === hostPort.networkId;
  const flannelData = flannel.safeParse(outputsOf(configMapType, "-startup-addons-flannel")[0]).data?.data;
  const podCidr = flannelNetwork.safeParse(fromJson(flannelData?.["net-conf.json"])).data?.Network;
  const dnsServiceAddress = dns.safeParse(outputsOf(serviceType, "-startup-addons-coredns")[0]).data?.spec.clusterIP;
  const corednsData = coredns.safeParse(outputsOf(configMapType, "-startup-addons-coredns")[0]).data?.data;
  const clusterDomain = /^ *kubernetes (\S+) in-addr\.arpa/m.exec(corednsData?.Corefile ?? "")?.[1];
  return {
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
    ...(podCidr === undefined ? {} : { podCidr }),
    ...(dnsServiceAddress === undefined ? {} : { dnsServiceAddress }),
    ...(data === undefined ? {} : { own: { hostCidr: data.cidr, vlanId } }),
    ...(hostPort?.networkId === undefined || subnetId === undefined
      ? {}
      : { place: { networkId: hostPort.networkId, subnetId } }),
    ...(external !== undefined
      ? { access: "direct" as const }
      : floating.length > 0 || hasRouter
        ? { access: "floatingIp" as const }
        : {}),
    ...(pool === undefined ? {} : { floatingPool: pool }),
    ...(external?.networkId === undefined ? {} : { externalNetworkId: external.networkId }),
    addresses: Object.fromEntries(ports.filter(isInOurNetwork).map(({ name, allFixedIps }) => [name, allFixedIps[0]])),
  };
}

/** What a text says that somebody may have changed in the cluster. */
function fromJson(text = ""): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
