/** What a key of another program, or of the original kOVHernetes, is called here. */
interface Successor {
  /** Its names here, the first that is known at the place; none where nothing takes its part. */
  readonly keys: readonly string[];
  /** What is different. */
  readonly note?: string;
}

const renamed = (...keys: readonly string[]): Successor => ({ keys });
const nothing = (note: string): Successor => ({ keys: [], note });
const oneMaster = nothing("there is one master; its image, flavor and zone are those of master");
const ovhApi = nothing(
  "OVH's own API is not used: give the OpenStack user of the project by OS_* variables, clouds.yaml or openstack: keys",
);
const withoutMaster: Successor = { keys: ["nodes", "count"], note: "it counts nodes, without the master" };

/**
 * By name in lower case without dashes and underscores. The first lines are the settings of the original (its `kovh.conf` and the options of
 * `kovh create`), the others what Typhoon, kube-hetzner, kubespray, Cluster API and Pulumi's own EKS call the same.
 */
const successors: Readonly<Record<string, Successor>> = {
  name: renamed("clusterName"),
  size: withoutMaster,
  sshkey: { keys: ["sshPublicKey"], note: "it holds the line of a .pub file, not a name or an identifier" },
  region: renamed("openstack:region"),
  project: renamed("openstack:tenantId"),
  endpoint: ovhApi,
  applicationkey: ovhApi,
  applicationsecret: ovhApi,
  consumerkey: ovhApi,

  masters: oneMaster,
  mastercount: oneMaster,
  numberofk8smasters: oneMaster,
  controlplanecount: oneMaster,
  controlplanes: oneMaster,
  controllercount: oneMaster,
  controllers: oneMaster,
  workers: withoutMaster,
  workercount: withoutMaster,
  nodecount: withoutMaster,
  numnodes: withoutMaster,
  numberofk8snodes: withoutMaster,
  desiredcapacity: withoutMaster,
  replicas: withoutMaster,
  nodegroups: renamed("nodePools"),
  agentnodepools: renamed("nodePools"),
  workerpools: renamed("nodePools"),
  pools: renamed("nodePools"),
  imagename: renamed("image"),
  osimage: renamed("image"),
  flavorname: renamed("flavor"),
  instancetype: renamed("flavor"),
  machinetype: renamed("flavor"),
  servertype: renamed("flavor"),
  workertype: renamed("flavor"),
  mastertype: renamed("masterFlavor"),
  controllertype: renamed("masterFlavor"),
  controlplaneflavor: renamed("masterFlavor"),
  zone: renamed("availabilityZone"),
  kubeversion: renamed("kubernetesVersion"),
  k8sversion: renamed("kubernetesVersion"),
  version: renamed("kubernetesVersion"),
  publickey: renamed("sshPublicKey"),
  sshauthorizedkey: renamed("sshPublicKey"),
  keypair: { keys: ["sshPublicKey"], note: "the key pair is made from that line" },
  networkcidr: renamed("hostCidr"),
  subnetcidr: renamed("hostCidr"),
  vpccidr: renamed("hostCidr"),
  clustercidr: renamed("podCidr"),
  podnetworkcidr: renamed("podCidr"),
  podsubnet: renamed("podCidr"),
  servicesubnet: renamed("serviceCidr"),
  serviceclusteriprange: renamed("serviceCidr"),
  allowedcidrs: renamed("adminCidrs"),
  apiallowedcidrs: renamed("adminCidrs"),
  sshallowedcidrs: renamed("adminCidrs"),
  k8sallowedremoteips: renamed("adminCidrs"),
  externalnetworkid: { keys: ["externalNetwork"], note: "it holds the network's name" },
  externalnet: renamed("externalNetwork"),
  publicnetwork: renamed("externalNetwork"),
  floatingippool: renamed("externalNetwork"),
  usefloatingip: { keys: ["access"], note: "with the value floatingIp" },
  networkid: { keys: ["existingNetwork"], note: "with networkId and subnetId" },
  subnetid: { keys: ["existingNetwork"], note: "with networkId and subnetId" },
  dnsnameservers: renamed("dnsServers"),
  nameservers: renamed("dnsServers"),
  clusterdomainsuffix: renamed("clusterDomain"),
  authorizationmode: renamed("authorization"),
  rbac: { keys: ["authorization"], note: "with the value RBAC" },
};

/** A name as it is compared: spelling by case, dashes and underscores is a matter of habit. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * What to write in place of a key that nobody reads; `undefined` when nothing is known of it.
 * @param known keys at the same place
 */
export function successorHint(name: string, known: readonly string[]): { key?: string; note?: string } | undefined {
  const spelt = known.find((key) => plain(key) === plain(name));
  if (spelt !== undefined) return { key: spelt };
  const successor = successors[plain(name)];
  if (successor === undefined) return undefined;
  const { keys, note } = successor;
  // A key of the provider stands beside the program's own, at the top.
  const isTop = known.includes("clusterName");
  const key = keys.find((candidate) => known.includes(candidate) || (isTop && candidate.includes(":")));
  if (key === undefined) return keys.length === 0 && isTop && note !== undefined ? { note } : undefined;
  return { key, ...(note === undefined ? {} : { note }) };
}

/** Every name that has a successor, with where it leads. */
export const successorTable: readonly (readonly [name: string, successor: Successor])[] = Object.entries(successors);
