import { addressProblems } from "../../components/checks/addresses";
import { hostNumbers, planAddresses, type AddressRequest, type PoolRequest } from "../../components/plan/addresses";
import { securityRules } from "../../components/plan/security-rules";
import { markdownTable } from "./markdown";

/** The most nodes that one pool may have, as `nodePools` says. */
const largestPool = 1000;

/** Numbers of nodes that docs/scale.md tells of: what the default networks hold, and what people ask about. */
export const scales = [16, 255, 1000, 5000] as const;

/** Pools of at most a thousand nodes, one behind the other. */
export function poolsFor(nodes: number): readonly PoolRequest[] {
  return Array.from({ length: Math.ceil(nodes / largestPool) }, (_, index) => ({
    name: `pool-${index}`,
    count: Math.min(largestPool, nodes - index * largestPool),
    addressOffset: hostNumbers.nodeFirst + index * largestPool,
  }));
}

/** The smallest networks with which the program plans one master and this many nodes. */
export function smallestRequest(nodes: number): AddressRequest {
  const request = (hostPrefix: number, podPrefix: number): AddressRequest => ({
    hostCidr: `10.8.0.0/${hostPrefix}`,
    podCidr: `10.${podPrefix < 12 ? 32 : 16}.0.0/${podPrefix}`,
    serviceCidr: "172.16.0.0/16",
    masterCount: 1,
    pools: poolsFor(nodes),
  });
  const prefixes = Array.from({ length: 22 }, (_, index) => 30 - index);
  const fits = (key: RegExp, wanted: AddressRequest): boolean =>
    !addressProblems(wanted).some((one) => key.test(one.key));
  const host = prefixes.find((prefix) => prefix >= 13 && fits(/^(hostCidr|nodePools)/, request(prefix, 8)));
  const pods = prefixes.find((prefix) => prefix <= 24 && fits(/^podCidr/, request(19, prefix)));
  if (host === undefined || pods === undefined) throw new RangeError(`no networks hold ${nodes} nodes`);
  return request(host, pods);
}

/** Which networks a number of nodes needs, and what of the cloud's quota. */
export function scaleTable(): string {
  const rows = scales.map((nodes) => {
    const wanted = smallestRequest(nodes);
    const { masters } = planAddresses(wanted);
    const rules = securityRules({
      hostCidr: wanted.hostCidr,
      adminCidrs: ["203.0.113.7/32"],
      nodePortCidrs: [],
      masterAddresses: masters,
    });
    const prefix = (cidr: string): string => `/${cidr.split("/")[1]}`;
    // A subnet with DHCP has a port of its own, and so has a router on it.
    return [
      nodes.toLocaleString("en"),
      String(wanted.pools.length),
      prefix(wanted.hostCidr),
      prefix(wanted.podCidr),
      (nodes + 1).toLocaleString("en"),
      (nodes + 1 + 2).toLocaleString("en"),
      String(rules.length),
    ];
  });
  const header = ["nodes", "pools", "`hostCidr`", "`podCidr`", "servers", "ports", "security group rules"];
  return markdownTable([header, ...rows]);
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20).toLocaleString("en")} MiB`;

/** etcd's quota on an empty file system of so many bytes: what `etcd-quota.sh` says, in bytes. */
export function etcdQuota(fileSystem: number): number {
  const log = 448 * 2 ** 20;
  return Math.min(Math.max(Math.floor((fileSystem * 0.8 - log) / 3), 64 * 2 ** 20), 4 * 2 ** 30);
}

/**
 * How large etcd's database may be on a volume, and up to where all snapshots are kept: `take-snapshot.sh` leaves a fifth free, and writes a new
 * one before it removes the oldest. File systems take a little for themselves, which is not counted.
 */
export function snapshotTable(keep: number): string {
  const rows = [1, 10, 20, 50, 100, 200].map((gibibytes) => {
    const room = (gibibytes * 2 ** 30 * 4) / 5;
    const quota = etcdQuota(gibibytes * 2 ** 30);
    return [`${gibibytes} GiB`, mebibytes(quota), mebibytes(Math.min(room / (1 + keep + 1), quota))];
  });
  return markdownTable([["`etcdVolume.sizeGiB`", "etcd's quota", `room for ${keep} snapshots up to`], ...rows]);
}
