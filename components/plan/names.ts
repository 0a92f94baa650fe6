import { masterPoolName } from "../model/cluster";

/** Longest DNS label, RFC 1035 section 2.3.4. */
export const longestLabel = 63;

/** The machine's place in the cluster: `master`, or the name of its pool, with its ordinal. */
export function machineLogicalName(pool: string, ordinal: number): string {
  return `${pool}-${ordinal}`;
}

/**
 * Host name and Kubernetes node name of a machine, for instance `dev-default-0`: one DNS label, since dots break the
 * match between host and node name on clouds that append a domain.
 *
 * @throws RangeError when the label would be longer than DNS allows.
 */
export function machineHostName(clusterName: string, pool: string, ordinal: number): string {
  const name = `${clusterName}-${machineLogicalName(pool, ordinal)}`;
  if (name.length > longestLabel) throw new RangeError(`host name ${name} is longer than ${longestLabel} characters`);
  return name;
}

/** Name of the key pair that earlier versions made in the cloud for a cluster's machines. */
export function keyPairName(clusterName: string): string {
  return `${clusterName}-ssh`;
}

const tagPrefix = "kovhernetes";
const clusterTag = `${tagPrefix}:cluster=`;

/** Tags for Neutron resources, by which everything of one cluster is found: `kovhernetes:cluster=dev`. */
export function clusterTags(clusterName: string): readonly string[] {
  return [`${clusterTag}${clusterName}`];
}

/** Whose a Neutron resource with this tag is; `undefined` of a tag that says nothing about it. */
export function clusterOfTag(tag: string): string | undefined {
  return tag.startsWith(clusterTag) ? tag.slice(clusterTag.length) : undefined;
}

/** Keys of the metadata of servers; volumes have the first four. */
export const machineMetadataKeys = {
  cluster: `${tagPrefix}:cluster`,
  role: `${tagPrefix}:role`,
  pool: `${tagPrefix}:pool`,
  ordinal: `${tagPrefix}:ordinal`,
  /** What the machine was made from: changes of either replace it, and never come to one that exists. */
  generation: `${tagPrefix}:generation`,
  kubernetes: `${tagPrefix}:kubernetes`,
  /** Of a master that was made with `etcdRestore`: its value. */
  etcdRestore: `${tagPrefix}:etcd-restore`,
  /** Of a machine that was made with other authorities than the first: which, as the key `authorities` has them. */
  authorities: `${tagPrefix}:authorities`,
  /** As they were asked for: the cloud may call them otherwise since. */
  image: `${tagPrefix}:image`,
  flavor: `${tagPrefix}:flavor`,
  /** Of a master: the mode. */
  authorization: `${tagPrefix}:authorization`,
  /** Of a master: whether etcd's data is on a volume of its own, `true` or `false`. */
  etcdVolume: `${tagPrefix}:etcd-volume`,
  /** Of a master that was made to form a cluster of etcd with others: how many form it. */
  etcdFounders: `${tagPrefix}:etcd-founders`,
  /** Keys of what production refuses, with commas; `none` where there is nothing. */
  trial: `${tagPrefix}:trial`,
  /** When the first of its certificates ends, RFC 3339. */
  certificatesEnd: `${tagPrefix}:certificates-end`,
  /** Where its keys and certificates are: `machine` of one whose stack has none of them; earlier versions wrote nothing. */
  certificates: `${tagPrefix}:certificates`,
} as const;

/** Value of `certificates` in the metadata of a machine whose keys and certificates are on it alone. */
export const certificatesOnMachine = "machine";

/** What keys of a machine's settings begin with in its metadata: a digest of each setting that it holds. */
export const settingPrefix = `${tagPrefix}:setting:`;

/** Metadata for servers and volumes: the same facts as the tags, and which machine it is. */
export function machineMetadata(clusterName: string, pool: string, ordinal: number): Readonly<Record<string, string>> {
  return {
    [machineMetadataKeys.cluster]: clusterName,
    [machineMetadataKeys.role]: pool === masterPoolName ? "master" : "node",
    [machineMetadataKeys.pool]: pool,
    [machineMetadataKeys.ordinal]: String(ordinal),
  };
}
