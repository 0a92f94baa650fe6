import type { ClusterConfig } from "../model/cluster";

/** Taints with these effects keep the pods of cluster DNS from a machine. */
const excluding: readonly string[] = ["NoSchedule", "NoExecute"];

/** Number of machines that take pods of cluster DNS: masters, and the nodes of pools without a taint that keeps them away. */
export function dnsPlaces({ masters, nodePools }: Pick<ClusterConfig, "masters" | "nodePools">): number {
  const open = nodePools.filter(({ taints }) => !taints.some(({ effect }) => excluding.includes(effect)));
  return open.reduce<number>((sum, { count }) => sum + count, masters.count);
}
