import { z } from "zod";
import { clusterOfTag, machineLogicalName, machineMetadataKeys } from "../plan/names";
import { phases, type PhaseTimes } from "../model/phases";
import type { RecordedAddons } from "../model/recorded";
import { resourcesInState, type StateResource } from "./state";

const clusterType = "kovhernetes:index:Cluster";
const keyPairType = "openstack:compute/keypair:Keypair";
const portType = "openstack:networking/port:Port";

const owned = z.object({
  [machineMetadataKeys.cluster]: z.string(),
  [machineMetadataKeys.pool]: z.string(),
  [machineMetadataKeys.ordinal]: z.coerce.number(),
});

/**
 * The logical name of a cluster in a stack's state, which begins those of all its resources; `undefined` where nothing tells it. It is the
 * program's choice and need not be the cluster's name: ports, servers and volumes say both, or the cluster is the only one.
 */
export function logicalNameInState(resources: readonly StateResource[], clusterName: string): string | undefined {
  const claims = resources.flatMap((resource) => claimOf(resource) ?? []);
  const own = claims.find((claim) => claim.clusterName === clusterName);
  if (own !== undefined) return own.logicalName;
  const [only, ...others] = resources.filter(({ type }) => type === clusterType);
  return claims.length === 0 && others.length === 0 ? only?.name : undefined;
}

interface Claim {
  readonly clusterName: string;
  readonly logicalName: string;
}

/**
 * Whether a stack's state, as `readState` gives it, has the key pair of a cluster. Earlier versions made one; it belongs to the user of the cloud
 * who made it, and a refresh by somebody else takes it out of the state.
 */
export function hasKeyPair(answer: unknown, clusterName: string): boolean {
  const resources = resourcesInState(answer);
  const own = `${logicalNameInState(resources, clusterName) ?? clusterName}-ssh`;
  return resources.some(({ type, name }) => type === keyPairType && name === own);
}

const attached = z.object({ name: z.string(), tags: z.array(z.string()) });

/** Which cluster a resource is of, by its outputs, and what that cluster's logical name is, by its own. */
function claimOf(resource: StateResource): Claim | undefined {
  const { type, name, outputs } = resource;
  if (type === portType) return claimOfPort(resource);
  const metadata = owned.safeParse(outputs["metadata"]).data;
  if (metadata === undefined) return undefined;
  const place = machineLogicalName(metadata[machineMetadataKeys.pool], metadata[machineMetadataKeys.ordinal]);
  const ending = [`-${place}`, `-${place}-etcd`].find((one) => name.endsWith(one));
  return ending === undefined
    ? undefined
    : { clusterName: metadata[machineMetadataKeys.cluster], logicalName: name.slice(0, -ending.length) };
}

/** A port of a machine's host network, which has the machine's name. */
function claimOfPort({ name, outputs }: StateResource): Claim | undefined {
  const port = attached.safeParse(outputs).data;
  const clusterName = port?.tags.map(clusterOfTag).find((owner) => owner !== undefined);
  if (port === undefined || clusterName === undefined || !port.name.startsWith(`${clusterName}-`)) return undefined;
  const ending = `${port.name.slice(clusterName.length)}-port`;
  return name.endsWith(ending) ? { clusterName, logicalName: name.slice(0, -ending.length) } : undefined;
}

const times = z.partialRecord(z.enum(phases), z.number());

/** The output `phases` of a cluster in a stack's state, as `readState` gives it; `undefined` before an update waited for something. */
export function phasesInState(answer: unknown, clusterName: string): PhaseTimes | undefined {
  const resources = resourcesInState(answer);
  const logicalName = logicalNameInState(resources, clusterName);
  const cluster = resources.find(({ type, name }) => type === clusterType && name === logicalName);
  return times.safeParse(cluster?.outputs["phases"]).data;
}

const named = z.object({ name: z.string() });

/**
 * Which add-ons a cluster has in a stack's state, as `readState` gives it; `undefined` before it has anything of what runs inside a cluster from
 * the start.
 * @param clusterName whose; those of the only cluster when it is absent
 */
export function addonsInState(answer: unknown, clusterName?: string): RecordedAddons | undefined {
  const resources = resourcesInState(answer);
  const logicalName = clusterName === undefined ? undefined : (logicalNameInState(resources, clusterName) ?? "");
  const own = resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .flatMap((resource) => {
      const [owner, addon] = resource.name.split(addonsInfix);
      return addon !== undefined && owner === (logicalName ?? owner) ? [{ ...resource, addon }] : [];
    });
  if (own.length === 0) return undefined;
  return {
    networkPolicy: own.some(({ addon }) => addon === "network-policies"),
    workloads: own
      .filter(({ type }) => type.startsWith("kubernetes:apps/v1:"))
      .flatMap(({ outputs }) => named.safeParse(outputs["metadata"]).data?.name ?? []),
  };
}

/** Between a cluster's logical name and what its add-ons are called. */
const addonsInfix = "-startup-addons-";
