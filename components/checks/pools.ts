import { z } from "zod";
import { freeOffset, offsetRemedy } from "./addresses";
import { hostNumbers, type PoolRequest } from "../plan/addresses";
import { poolAddressFields } from "../config/machine-schema";
import type { Problem } from "../model/problems";

/** The pool that the short form `nodes` counts. */
export const defaultPoolName = "default";

interface PoolAddressValues {
  readonly count?: number | undefined;
  readonly addressOffset?: number | undefined;
}

export interface ResolvedPools {
  readonly requests: readonly PoolRequest[];
  readonly problems: readonly Problem[];
}

/**
 * Counts and offsets of pools, whatever else may be wrong with them: so a bad label hides no address problem. Pools whose
 * count or offset is itself wrong are left out.
 */
export function readPoolAddresses(nodePools: unknown): Readonly<Record<string, PoolAddressValues>> {
  const pools = z.record(z.string(), z.unknown()).safeParse(nodePools ?? {});
  const entries = Object.entries(pools.success ? pools.data : {}).map(
    ([name, pool]) => [name, z.object(poolAddressFields).safeParse(pool)] as const,
  );
  return Object.fromEntries(entries.flatMap(([name, pool]) => (pool.success ? [[name, pool.data]] : [])));
}

function countProblems(nodes: number | undefined, pools: Readonly<Record<string, PoolAddressValues>>): Problem[] {
  const inPool = pools[defaultPoolName]?.count;
  if (nodes !== undefined && inPool !== undefined) {
    const reason = `nodePools.${defaultPoolName}.count is ${inPool}: the number of nodes is given twice`;
    return [{ key: "nodes", value: String(nodes), reason, remedy: "remove one of the two" }];
  }
  return Object.entries(pools)
    .filter(([name, { count }]) => count === undefined && name !== defaultPoolName)
    .map(([name]) => ({
      key: `nodePools.${name}.count`,
      value: "(not set)",
      reason: "is not given",
      remedy: "give the number of nodes in the pool, 0 or more",
    }));
}

/** Pools in the order of the configuration, with the short form merged in: a pool `default` that is told nothing else has one node. */
function mergeNodes(nodes: number | undefined, pools: Readonly<Record<string, PoolAddressValues>>) {
  const own = pools[defaultPoolName];
  const isUnwanted = own === undefined && nodes === undefined && Object.keys(pools).length > 0;
  if (own?.count !== undefined || isUnwanted) return pools;
  return { ...pools, [defaultPoolName]: { ...own, count: nodes ?? 1 } };
}

/** Which of several pools without an offset keeps the default: the one of the short form, else the first. */
function keeperOf(names: readonly string[]): string | undefined {
  return names.includes(defaultPoolName) ? defaultPoolName : names[0];
}

function missingOffset(hostCidr: string, name: string, keeper: string, count: number, placed: readonly PoolRequest[]) {
  return {
    key: `nodePools.${name}.addressOffset`,
    value: "(not set)",
    reason: `is not given, nor is that of pool ${keeper}: one pool alone may leave it out and begin at ${hostNumbers.nodeFirst}`,
    remedy:
      offsetRemedy(hostCidr, { name, count, addressOffset: hostNumbers.nodeFirst }, placed) +
      `; a pool whose machines exist already without one keeps them with ${hostNumbers.nodeFirst}`,
  };
}

/**
 * The pools with their counts and offsets: one pool may leave its offset out and begins at the first host number for
 * nodes; the others never move it.
 */
export function resolvePools(
  nodes: number | undefined,
  pools: Readonly<Record<string, PoolAddressValues>>,
  hostCidr: string,
): ResolvedPools {
  const problems = countProblems(nodes, pools);
  const merged = Object.entries(mergeNodes(nodes, pools));
  const keeper = keeperOf(merged.filter(([, pool]) => pool.addressOffset === undefined).map(([name]) => name));
  const located = (name: string, pool: PoolAddressValues): PoolRequest | undefined => {
    const addressOffset = pool.addressOffset ?? (name === keeper ? hostNumbers.nodeFirst : undefined);
    return addressOffset === undefined ? undefined : { name, count: pool.count ?? 0, addressOffset };
  };
  const placed = merged.flatMap(([name, pool]) => located(name, pool) ?? []);
  for (const [name, pool] of merged.filter(([name, pool]) => located(name, pool) === undefined)) {
    const count = pool.count ?? 0;
    problems.push(missingOffset(hostCidr, name, keeper ?? name, count, placed));
    const addressOffset = freeOffset(hostCidr, count, placed);
    // Stands where the remedy puts it, so that two pools are not told the same place.
    if (addressOffset !== undefined) placed.push({ name, count, addressOffset });
  }
  const inOrder = merged.flatMap(([name]) => placed.find((request) => request.name === name) ?? []);
  return { requests: inOrder, problems };
}
