/** One resource in the engine's checkpoint. */
export interface Entry {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly isCustom: boolean;
  id: string;
  inputs: Properties;
  outputs: Properties;
  protect: boolean;
  deletedWith: string | undefined;
  trigger: unknown;
  /** Deleted to be replaced, and not made anew yet (`State.PendingReplacement` of the engine). */
  isPendingReplacement: boolean;
}

export type Properties = Readonly<Record<string, unknown>>;

/** What a program asks for when it registers a resource. */
export interface Goal {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly isCustom: boolean;
  readonly inputs: Properties;
  readonly protect: boolean;
  readonly deletedWith: string | undefined;
  readonly trigger: unknown;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** What a provider does with one type of resource. */
export interface Provider {
  /** Inputs of which another value makes another resource; all where it is "all". */
  readonly forcesNew: readonly string[] | "all";
  /** Inputs of which another value changes nothing. */
  readonly inert?: readonly string[];
  /** Whether the resource has to be made anew for a reason of its own. */
  readonly hasEnded?: (outputs: Properties, inputs: Properties) => boolean;
  create(
    inputs: Properties,
    goal: Goal,
  ): { id: string; outputs: Properties } | Promise<{ id: string; outputs: Properties }>;
  update?(entry: Entry, inputs: Properties, changed: readonly string[]): Properties | Promise<Properties>;
  remove?(entry: Entry): void | Promise<void>;
  /** What the cloud has of it now; `undefined` when it is gone. */
  read?(entry: Entry): Properties | undefined;
}

/** The engine's checkpoint. */
export interface State {
  entries: Map<string, Entry>;
  /** Replaced, and to be deleted at the end of an update (`State.Delete`). */
  condemned: Entry[];
}

/** A checkpoint of its own; inputs and outputs are never changed, but replaced. */
export function copyOfState({ entries, condemned }: State): State {
  return {
    entries: new Map([...entries].map(([urn, entry]) => [urn, { ...entry }])),
    condemned: condemned.map((entry) => ({ ...entry })),
  };
}
