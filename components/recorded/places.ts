import { z } from "zod";
import { machineHostName, machineLogicalName, machineMetadataKeys } from "../plan/names";
import type { StateResource } from "./state";

export const serverType = "openstack:compute/instance:Instance";
export const instanceType = "kovhernetes:instances:Instance";
export const masterComponent = "kovhernetes:instances:Master";
const clusterType = "kovhernetes:index:Cluster";

const made = z.object({ made: z.object({ metadata: z.record(z.string(), z.string()) }) });
const tagged = z.object({ metadata: z.record(z.string(), z.string()) });

/** Which machine a server is, whatever the cloud calls it by now. */
export interface MachinePlace {
  /** Logical name of its cluster, where the state has that cluster. */
  readonly logicalName: string | undefined;
  readonly clusterName: string | undefined;
  /** Host name, as the program gave it. */
  readonly hostName: string | undefined;
}

/**
 * Tells servers by their place in the state, which is the program's alone: names and metadata are what a refresh read in the cloud, where anybody
 * may have changed them.
 */
export function machinePlaces(resources: readonly StateResource[]): (server: StateResource) => MachinePlace {
  const clusters = resources.filter(({ type }) => type === clusterType).map(({ name }) => name);
  // A name may begin with another: the longer one is meant.
  const longest = clusters.toSorted((one, other) => other.length - one.length);
  const logicalOf = ({ name }: StateResource): string | undefined =>
    longest.find((cluster) => name.startsWith(`${cluster}-`));
  const names = clusterNames(resources, logicalOf);
  return (server) => {
    const logicalName = logicalOf(server);
    const told = metadataOf(server);
    const clusterName =
      (logicalName === undefined ? undefined : names.get(logicalName)) ?? told[machineMetadataKeys.cluster];
    const placeText =
      logicalName === undefined ? placeIn(told, server.name) : server.name.slice(logicalName.length + 1);
    const place = placeText === undefined ? null : /^(.+)-(\d+)$/.exec(placeText);
    const [, pool, ordinal] = place ?? [];
    const hostName =
      clusterName === undefined || pool === undefined ? undefined : machineHostName(clusterName, pool, Number(ordinal));
    return { logicalName, clusterName, hostName };
  };
}

/** Where no cluster is in the state, a server's metadata counts as far as its logical name bears it out. */
function placeIn(metadata: Readonly<Record<string, string>>, name: string): string | undefined {
  const { [machineMetadataKeys.pool]: pool, [machineMetadataKeys.ordinal]: ordinal } = metadata;
  if (pool === undefined || ordinal === undefined) return undefined;
  const place = machineLogicalName(pool, Number(ordinal));
  return name.endsWith(`-${place}`) ? place : undefined;
}

/** The name of each cluster by its logical name: as its machines' records have it, else as most of their metadata do. */
function clusterNames(
  resources: readonly StateResource[],
  logicalOf: (resource: StateResource) => string | undefined,
): ReadonlyMap<string, string> {
  const recorded = claims(resources, instanceType, logicalOf, recordOf);
  const told = claims(resources, serverType, logicalOf, metadataOf);
  return new Map([...told, ...recorded]);
}

function claims(
  resources: readonly StateResource[],
  type: string,
  logicalOf: (resource: StateResource) => string | undefined,
  read: (resource: StateResource) => Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const votes = new Map<string, Map<string, number>>();
  for (const resource of resources.filter((one) => one.type === type)) {
    const logical = logicalOf(resource);
    const name = read(resource)[machineMetadataKeys.cluster];
    if (logical === undefined || name === undefined) continue;
    const counts = votes.get(logical) ?? new Map<string, number>();
    votes.set(logical, counts.set(name, (counts.get(name) ?? 0) + 1));
  }
  return new Map(
    [...votes].flatMap(([logical, counts]) => {
      const [first] = [...counts].sort(([, one], [, other]) => other - one);
      return first === undefined ? [] : [[logical, first[0]] as const];
    }),
  );
}

function recordOf({ outputs }: StateResource): Readonly<Record<string, string>> {
  return made.safeParse(outputs).data?.made.metadata ?? {};
}

export function metadataOf({ outputs }: StateResource): Readonly<Record<string, string>> {
  return tagged.safeParse(outputs).data?.metadata ?? {};
}
