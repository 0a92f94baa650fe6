import type { ExportedResource, ExportedState } from "../shared/export.ts";

/** What is to go when a stack is destroyed. */
export interface Item {
  readonly urn: string;
  /** Type token, for instance `openstack:compute/instance:Instance`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Name in the cloud, the logical one where it has none. */
  readonly cloudName: string;
  readonly protected: boolean;
  /** Whether the engine only forgets it (`retainOnDelete`), so that it stays in the project. */
  readonly retained: boolean;
}

/** What of a stack's state matters when it is destroyed. */
export interface Inventory {
  /** Everything that a provider made, in the order of the state. */
  readonly items: readonly Item[];
  /** What an update was making when it was interrupted: it may be there or not. */
  readonly uncertain: readonly Item[];
  /** Whether objects of a Kubernetes cluster are among it that is not one of this program's. */
  readonly holdsForeignCluster: boolean;
}

/** What of a stack's state is to go, and what may be there. */
export function inventoryOf({ resources, pending }: ExportedState): Inventory {
  const made = resources.filter(({ type, custom, external }) => custom && !external && !type.startsWith("pulumi:"));
  const creating = pending.filter(({ type }) => type === "creating");
  return {
    items: made.map(itemOf),
    uncertain: creating.map((operation) => itemOf(operation.resource)),
    holdsForeignCluster: made.some(
      ({ type, provider }) => type.startsWith("kubernetes:") && !provider.includes("kovhernetes:index:Cluster$"),
    ),
  };
}

function itemOf({ urn, type, name, protect, retainOnDelete, inputs }: ExportedResource): Item {
  const cloudName = typeof inputs["name"] === "string" ? inputs["name"] : name;
  return { urn, type, name, cloudName, protected: protect, retained: retainOnDelete };
}
