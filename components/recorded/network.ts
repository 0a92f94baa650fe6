import { z } from "zod";
import { logicalNameInState } from "./cluster";
import { resourcesInState } from "./state";

const networkType = "openstack:networking/network:Network";
const subnetType = "openstack:networking/subnet:Subnet";
const portType = "openstack:networking/port:Port";
const configMapType = "kubernetes:core/v1:ConfigMap";
const serviceType = "kubernetes:core/v1:Service";

/** Where the machines of a stack are attached, as its state has it. */
export interface RecordedNetwork {
  /** The cluster's own network; absent where it is in one that existed, and where nothing is yet. */
  readonly own?: {
    /** CIDR of its subnet. */
    readonly hostCidr: string;
    /** VLAN identifier in a vRack. */
    readonly vlanId?: number | undefined;
  };
  /** CIDR of the pod network, as flannel was told; absent before it was. */
  readonly podCidr?: string;
  /** Address of the cluster's DNS in the service network; absent before it was there. */
  readonly dnsServiceAddress?: string;
  /** DNS domain of services, as the cluster's DNS was told; absent before it was. */
  readonly clusterDomain?: string;
  /** IPv4 addresses on the host network, by host name. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Nothing is known of a stack that is new. */
export const noNetwork: RecordedNetwork = { addresses: {} };

const subnet = z.object({ cidr: z.string() });
const vlan = z.object({ valueSpecs: z.object({ "provider:segmentation_id": z.coerce.number() }) });
const flannel = z.object({ data: z.object({ "net-conf.json": z.string() }) });
const flannelNetwork = z.object({ Network: z.string() });
const coredns = z.object({ data: z.object({ Corefile: z.string() }) });
const dns = z.object({ spec: z.object({ clusterIP: z.string() }) });
const port = z.object({ name: z.string(), allFixedIps: z.tuple([z.string()], z.string()) });

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
    addresses: Object.fromEntries(ports.map(({ name, allFixedIps }) => [name, allFixedIps[0]])),
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
