import type { AddressPlan } from "./addresses";
import type { ClusterConfig, MachineShape, Taint } from "../model/cluster";
import type { MadeWith } from "../model/recorded";
import { machineHostName, machineLogicalName, machineMetadata } from "./names";
import { masterPoolName } from "../model/cluster";
import { masterMadeWith, nodeMadeWith } from "./settings";

/** One machine as the configuration wants it, known before anything exists. */
export interface MachinePlan {
  readonly role: "master" | "node";
  /** Name of the node pool; absent for a master. */
  readonly pool?: string;
  /** Number within the masters or the pool, from 0. */
  readonly ordinal: number;
  /** Host name and Kubernetes node name. */
  readonly hostName: string;
  /** Pulumi logical name: unique in the cluster, and the same for as long as the machine is the same. */
  readonly logicalName: string;
  /** IPv4 address on the host network. */
  readonly address: string;
  readonly shape: MachineShape;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Kubernetes release, without `v`. */
  readonly kubernetes: string;
  /** Of all settings, what a machine that is made now is made with. */
  readonly madeWith: MadeWith;
  /** Of a master: whether the configuration has a volume for etcd's data. */
  readonly etcdVolume?: boolean;
  /** Metadata of the machine's resources in the cloud. */
  readonly metadata: Readonly<Record<string, string>>;
}

function shapeOf({ image, flavor, generation, availabilityZone, kubelet, userDataExtra }: MachineShape): MachineShape {
  return {
    ...{ image, flavor, generation },
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    ...(kubelet === undefined ? {} : { kubelet }),
    ...(userDataExtra === undefined ? {} : { userDataExtra }),
  };
}

/** All machines: masters by ordinal first, then the pools in the order of the configuration, each by ordinal. */
export function planMachines(config: ClusterConfig, addresses: AddressPlan): readonly MachinePlan[] {
  const identity = (pool: string, ordinal: number) => ({
    ordinal,
    hostName: machineHostName(config.clusterName, pool, ordinal),
    logicalName: machineLogicalName(pool, ordinal),
    kubernetes: config.kubernetes.version,
    metadata: machineMetadata(config.clusterName, pool, ordinal),
  });
  const ofMasters = masterMadeWith(config);
  const masters = addresses.masters.map((address, ordinal): MachinePlan => ({
    role: "master",
    ...identity(masterPoolName, ordinal),
    address,
    shape: shapeOf(config.masters),
    labels: {},
    taints: [],
    madeWith: ofMasters,
    etcdVolume: config.masters.etcdVolume !== undefined,
  }));
  const nodes = config.nodePools.flatMap((pool) => {
    const madeWith = nodeMadeWith(config, pool);
    return (addresses.pools[pool.name] ?? []).map((address, ordinal): MachinePlan => ({
      role: "node",
      pool: pool.name,
      ...identity(pool.name, ordinal),
      address,
      shape: shapeOf(pool),
      labels: pool.labels,
      taints: pool.taints,
      madeWith,
    }));
  });
  return [...masters, ...nodes];
}
