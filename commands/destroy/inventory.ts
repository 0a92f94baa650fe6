import { z } from "zod";

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  external: z.boolean().default(false),
  protect: z.boolean().default(false),
  retainOnDelete: z.boolean().default(false),
  provider: z.string().default(""),
  inputs: z.record(z.string(), z.unknown()).default({}),
});

const exported = z.object({
  deployment: z
    .object({
      resources: z.array(resource).nullish(),
      pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
    })
    .nullish(),
});

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

/**
 * Reads what `pulumi stack export` printed; no secret needs to be decrypted for it.
 * @throws Error when it is not of that form
 */
export function readInventory(text: string): Inventory {
  const { deployment } = exported.parse(JSON.parse(text));
  const made = (deployment?.resources ?? []).filter(
    ({ type, custom, external }) => custom && !external && !type.startsWith("pulumi:"),
  );
  const creating = (deployment?.pending_operations ?? []).filter(({ type }) => type === "creating");
  return {
    items: made.map(itemOf),
    uncertain: creating.map((operation) => itemOf(operation.resource)),
    holdsForeignCluster: made.some(
      ({ type, provider }) => type.startsWith("kubernetes:") && !provider.includes("kovhernetes:index:Cluster$"),
    ),
  };
}

function itemOf({ urn, type, protect, retainOnDelete, inputs }: z.infer<typeof resource>): Item {
  const name = urn.split("::").at(-1) ?? urn;
  const cloudName = typeof inputs["name"] === "string" ? inputs["name"] : name;
  return { urn, type, name, cloudName, protected: protect, retained: retainOnDelete };
}
