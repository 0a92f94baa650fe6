import { Address4 } from "ip-address";
import { hostNumbers, type AddressRequest, type PoolRequest } from "../plan/addresses";
import { podPrefixPerMachine } from "../model/cluster";
import type { Problem } from "../model/problems";

export type NetworkRequest = Pick<AddressRequest, "hostCidr" | "podCidr" | "serviceCidr">;

/** Number of the last address of a network that a machine can have: the one before the broadcast address. */
function lastHostNumber(cidr: string): number {
  return 2 ** (32 - new Address4(cidr).subnetMask) - 2;
}

/** The longest prefix whose network has an address with this host number for a machine. */
function prefixFor(hostNumber: number): number {
  return 32 - Math.ceil(Math.log2(hostNumber + 2));
}

/** The longest prefix whose network holds this many pod networks. */
function podPrefixFor(machines: number): number {
  return podPrefixPerMachine - Math.ceil(Math.log2(Math.max(1, machines)));
}

/** Number of pod networks, one a machine, in the pod network. */
function podNetworks(podCidr: string): number {
  return Math.floor(2 ** (podPrefixPerMachine - new Address4(podCidr).subnetMask));
}

const lastOf = (pool: PoolRequest): number => pool.addressOffset + pool.count - 1;
const overlap = (one: PoolRequest, other: PoolRequest): boolean =>
  one.count > 0 && other.count > 0 && one.addressOffset <= lastOf(other) && other.addressOffset <= lastOf(one);
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Networks that share addresses; each pair is reported once, at the later key. */
export function overlapProblems(networks: NetworkRequest): readonly Problem[] {
  const keys = ["hostCidr", "podCidr", "serviceCidr"] as const;
  return keys.flatMap((key, position) =>
    keys.slice(0, position).flatMap((earlier) => {
      const [one, other] = [new Address4(networks[key]), new Address4(networks[earlier])];
      if (!one.isInSubnet(other) && !other.isInSubnet(one)) return [];
      return [
        {
          key,
          value: networks[key],
          reason: `overlaps ${earlier} ${networks[earlier]}`,
          remedy: `give ${key} a private network of its own, for instance one that begins in another /8`,
        },
      ];
    }),
  );
}

/** The smallest free offset that leaves room for a pool beside the others, or `undefined` when there is none. */
export function freeOffset(hostCidr: string, count: number, others: readonly PoolRequest[]): number | undefined {
  const starts = [hostNumbers.nodeFirst, ...others.map((other) => lastOf(other) + 1)].sort((a, b) => a - b);
  return starts.find((addressOffset) => {
    const moved = { name: "", count, addressOffset };
    const fits = addressOffset >= hostNumbers.nodeFirst && lastOf(moved) <= lastHostNumber(hostCidr);
    return fits && !others.some((other) => overlap(moved, other));
  });
}

/** The words that tell where a pool would fit. */
export function offsetRemedy(hostCidr: string, pool: PoolRequest, others: readonly PoolRequest[]): string {
  const offset = freeOffset(hostCidr, pool.count, others);
  if (offset !== undefined) return `set nodePools.${pool.name}.addressOffset to ${offset}, which is free`;
  const highest = Math.max(hostNumbers.nodeFirst - 1, ...others.map(lastOf));
  return `no offset is free in ${hostCidr}: make hostCidr a /${prefixFor(highest + pool.count)} or larger`;
}

function poolProblems(hostCidr: string, pool: PoolRequest, all: readonly PoolRequest[]): readonly Problem[] {
  const { name, count, addressOffset } = pool;
  const others = all.filter((other) => other !== pool);
  const offsetKey = `nodePools.${name}.addressOffset`;
  if (addressOffset < hostNumbers.nodeFirst) {
    const reason = `host numbers 0 to ${hostNumbers.nodeFirst - 1} are kept for the gateway, Neutron and the masters`;
    return [{ key: offsetKey, value: String(addressOffset), reason, remedy: offsetRemedy(hostCidr, pool, others) }];
  }
  const fitting = Math.max(0, lastHostNumber(hostCidr) - addressOffset + 1);
  const tooMany = {
    key: `nodePools.${name}.count`,
    value: String(count),
    reason: `hostCidr ${hostCidr} has room for ${plural(fitting, "node")} from host number ${addressOffset} on`,
    remedy: `ask for at most ${plural(fitting, "node")}, or make hostCidr a /${prefixFor(lastOf(pool))} or larger`,
  };
  const rivals = all.slice(0, all.indexOf(pool)).filter((earlier) => overlap(earlier, pool));
  const overlaps = rivals.map((rival) => ({
    key: offsetKey,
    value: String(addressOffset),
    reason:
      `host numbers ${addressOffset} to ${lastOf(pool)} overlap those of pool ${rival.name}, ` +
      `${rival.addressOffset} to ${lastOf(rival)}`,
    remedy: offsetRemedy(hostCidr, pool, others),
  }));
  return [...(count > fitting ? [tooMany] : []), ...overlaps];
}

/** Networks that are too small for what they must hold, and pools whose addresses collide. */
export function capacityProblems(request: AddressRequest): readonly Problem[] {
  const { hostCidr, podCidr, masterCount, pools } = request;
  if (lastHostNumber(hostCidr) < hostNumbers.masterLast) {
    const smallest = prefixFor(hostNumbers.masterLast);
    const reason = `has room for 0 nodes: host numbers 1 to ${hostNumbers.masterLast} are kept for gateway, Neutron and masters`;
    const remedy = `use a /${prefixFor(hostNumbers.nodeFirst)} or larger (a /${smallest} has a master and no node)`;
    return [{ key: "hostCidr", value: hostCidr, reason, remedy }, ...podProblems(podCidr, masterCount, pools)];
  }
  return [...pools.flatMap((pool) => poolProblems(hostCidr, pool, pools)), ...podProblems(podCidr, masterCount, pools)];
}

function podProblems(podCidr: string, masterCount: number, pools: readonly PoolRequest[]): readonly Problem[] {
  const nodes = pools.reduce((sum, { count }) => sum + count, 0);
  const available = podNetworks(podCidr);
  if (masterCount + nodes <= available) return [];
  const fitting = Math.max(0, available - masterCount);
  return [
    {
      key: "podCidr",
      value: podCidr,
      reason:
        `holds ${plural(available, `network`)} of a /${podPrefixPerMachine}, one a machine: room for ` +
        `${plural(masterCount, "master")} and ${plural(fitting, "node")}, but ${plural(nodes, "node")} are asked for`,
      remedy: `ask for at most ${plural(fitting, "node")}, or make podCidr a /${podPrefixFor(masterCount + nodes)} or larger`,
    },
  ];
}

/** Everything that keeps a request from being planned; empty when `planAddresses` will succeed. */
export function addressProblems(request: AddressRequest): readonly Problem[] {
  return [...overlapProblems(request), ...capacityProblems(request)];
}
