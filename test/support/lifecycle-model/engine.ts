import { isDeepStrictEqual } from "node:util";
import type { Clock } from "./clock";
import type { Entry, Goal, Properties, Provider, State } from "./state";

/** What the engine tells of its steps. */
export interface EngineEvents {
  /** Before each step that changes something; a program that was killed takes none. */
  step(what: string): Promise<void>;
  registered(goal: Goal, old: Entry | undefined): void;
}

/**
 * The engine's steps for what a program registers: keep, create, update, replace, and delete what was not registered. From pulumi/pkg v3,
 * resource/deploy/step_generator.go; the functions are named where a rule comes from one.
 */
export class Engine {
  private readonly seen = new Set<string>();
  private readonly deleted = new Set<string>();

  constructor(
    private readonly state: State,
    private readonly providerOf: (type: string) => Provider,
    private readonly clock: Clock,
    private readonly events: EngineEvents,
  ) {}

  register(goal: Goal): Entry | Promise<Entry> {
    if (this.clock.isStopped) return new Promise(() => undefined);
    if (this.seen.has(goal.urn)) throw new Error(`duplicate resource ${goal.urn}`);
    this.seen.add(goal.urn);
    const old = this.deleted.has(goal.urn) ? undefined : this.state.entries.get(goal.urn);
    this.events.registered(goal, old);
    if (!goal.isCustom) return this.keep(goal, old, goal.inputs, old?.outputs ?? {}, "");
    const provider = this.providerOf(goal.type);
    if (old === undefined) return this.create(goal, provider, goal.inputs);
    // processIgnoreChanges: whatever the step will be, ignored inputs are those of the checkpoint.
    const inputs = withIgnored(goal.inputs, old.inputs, goal.ignoreChanges);
    const changed = changedKeys(old, inputs, goal.ignoreChanges, provider.inert ?? []);
    const forcing = changed.filter((key) => provider.forcesNew === "all" || provider.forcesNew.includes(key));
    // shouldTriggerReplace: no trigger in the checkpoint is none.
    const isTriggered =
      old.trigger !== undefined && goal.trigger !== undefined && !isDeepStrictEqual(old.trigger, goal.trigger);
    const hasEnded = provider.hasEnded?.(old.outputs, inputs) === true;
    if (old.isPendingReplacement || forcing.length > 0 || isTriggered || hasEnded) {
      return this.replace(goal, old, provider, inputs);
    }
    if (changed.length === 0) return this.keep(goal, old, inputs, old.outputs, old.id);
    return this.update(goal, old, provider, inputs, changed);
  }

  /** Outputs of a component. */
  setOutputs(urn: string, outputs: Properties): void {
    const entry = this.state.entries.get(urn);
    if (entry !== undefined && !this.clock.isStopped) entry.outputs = outputs;
  }

  /** GenerateDeletes, ScheduleDeletes: what nobody registered, the newest first, and what was replaced, on which it may depend. */
  async finish(): Promise<void> {
    const unseen = [...this.state.entries.values()].filter(({ urn }) => !this.seen.has(urn)).toReversed();
    for (const { urn } of unseen) this.deleted.add(urn);
    for (const entry of unseen) {
      if (entry.protect) throw new Error(`${entry.name} cannot be deleted because it is protected`);
      if (!entry.isPendingReplacement) await this.remove(entry);
      this.state.entries.delete(entry.urn);
    }
    for (const entry of this.state.condemned.toReversed()) {
      await this.remove(entry);
      this.state.condemned = this.state.condemned.filter((one) => one !== entry);
    }
  }

  private async update(
    goal: Goal,
    old: Entry,
    provider: Provider,
    inputs: Properties,
    changed: string[],
  ): Promise<Entry> {
    await this.events.step(`update ${goal.type} ${goal.name} (${changed.join(", ")})`);
    const outputs = (await provider.update?.(old, inputs, changed)) ?? { ...old.outputs, ...inputs };
    return this.keep(goal, old, inputs, outputs, old.id);
  }

  private async create(goal: Goal, provider: Provider, inputs: Properties): Promise<Entry> {
    await this.events.step(`create ${goal.type} ${goal.name}`);
    const { id, outputs } = await provider.create(inputs, goal);
    return this.keep(goal, undefined, inputs, outputs, id);
  }

  private async replace(goal: Goal, old: Entry, provider: Provider, inputs: Properties): Promise<Entry> {
    if (goal.protect && old.protect) throw new Error(`unable to replace ${goal.name}: it is protected`);
    if (!goal.deleteBeforeReplace) {
      const made = await this.create(goal, provider, inputs);
      this.state.condemned.push(old);
      return made;
    }
    if (!old.isPendingReplacement) {
      for (const dependent of this.dependentsToReplace(old)) {
        this.deleted.add(dependent.urn);
        this.deleted.add(old.urn);
        await this.remove(dependent);
        this.state.entries.delete(dependent.urn);
      }
      await this.remove(old);
      this.deleted.add(old.urn);
      old.isPendingReplacement = true;
    }
    return this.create(goal, provider, inputs);
  }

  /** calculateDependentReplacements: dependents that another identifier would replace. Known by the identifier itself among their inputs. */
  private dependentsToReplace(root: Entry): readonly Entry[] {
    return [...this.state.entries.values()]
      .filter(({ urn, type, inputs }) => {
        if (this.seen.has(urn) || type === "" || root.id === "") return false;
        const keys = Object.keys(inputs).filter((key) => inputs[key] === root.id);
        if (keys.length === 0) return false;
        const { forcesNew } = this.providerOf(type);
        return keys.some((key) => forcesNew === "all" || forcesNew.includes(key));
      })
      .toReversed();
  }

  private async remove(entry: Entry): Promise<void> {
    // isDeletedWith: what goes with another resource is not asked of the provider.
    if (entry.deletedWith !== undefined && this.deleted.has(entry.deletedWith)) return;
    if (!entry.isCustom) return;
    await this.events.step(`delete ${entry.type} ${entry.name}`);
    await this.providerOf(entry.type).remove?.(entry);
  }

  private keep(goal: Goal, old: Entry | undefined, inputs: Properties, outputs: Properties, id: string): Entry {
    const { urn, type, name, isCustom, protect, deletedWith, trigger } = goal;
    if (old !== undefined && this.clock.isStopped) return old;
    const entry: Entry = old ?? {
      urn,
      type,
      name,
      isCustom,
      id,
      inputs,
      outputs,
      protect,
      deletedWith,
      trigger,
      isPendingReplacement: false,
    };
    if (this.clock.isStopped) return entry;
    Object.assign(entry, { id, inputs, outputs, protect, deletedWith, trigger });
    // A resource made anew stands where it was made: what depends on it comes later.
    if (old === undefined) this.state.entries.delete(urn);
    this.state.entries.set(urn, entry);
    return entry;
  }
}

function withIgnored(inputs: Properties, old: Properties, ignored: readonly string[]): Properties {
  if (ignored.length === 0) return inputs;
  const kept = Object.entries(inputs).filter(([key]) => !ignored.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(old).filter(([key]) => ignored.includes(key))]);
}

/**
 * A bridged provider compares inputs with what it read last, the outputs; what it computes and nobody gives is no change
 * (Terraform's `Computed` attributes).
 */
function changedKeys(old: Entry, inputs: Properties, ignored: readonly string[], inert: readonly string[]): string[] {
  const keys = [...Object.keys(inputs), ...Object.keys(old.inputs).filter((key) => !(key in inputs))];
  return keys.filter((key) => {
    if (ignored.includes(key) || inert.includes(key)) return false;
    if (!(key in inputs)) return old.inputs[key] !== undefined;
    const known = key in old.outputs ? old.outputs[key] : old.inputs[key];
    return inputs[key] !== known && !isDeepStrictEqual(inputs[key], known);
  });
}
