import type { MachineShape } from "../model/cluster";
import { groupKey, newServers, type ChangePlan, type PlannedChange } from "./change-plan";

/** A name that the configuration takes from the cloud, with the key that holds it. */
export interface CloudName {
  readonly key: string;
  readonly value: string;
}

/** What new servers are made from, or wait for: each name once, at the first key that holds it. */
export interface CloudNames {
  readonly images: readonly CloudName[];
  readonly flavors: readonly CloudName[];
  readonly zones: readonly CloudName[];
}

/**
 * The names that this update, or the next generation of a machine, depends on. Machines that stay as they are need none: the cloud
 * may have retired their image.
 */
export function cloudNames(plan: ChangePlan): CloudNames {
  const named = (property: "image" | "flavor"): readonly CloudName[] =>
    distinct(
      plan.machines
        .filter(({ plan: { shape }, change, record }) => change !== "keep" || record?.[property] !== shape[property])
        .map((machine) => ({ key: keyOf(plan, machine, property), value: machine.plan.shape[property] })),
    );
  const zones = newServers(plan).flatMap(({ plan: machine }) =>
    machine.shape.availabilityZone === undefined
      ? []
      : [{ key: `${groupKey(machine)}.availabilityZone`, value: machine.shape.availabilityZone }],
  );
  return { images: named("image"), flavors: named("flavor"), zones: distinct(zones) };
}

/** The key that holds a machine's image or flavor: what all machines share is most likely written once, at the top of the stack file. */
export function keyOf({ config }: ChangePlan, { plan }: PlannedChange, property: "image" | "flavor"): string {
  const shapes: readonly MachineShape[] = [config.masters, ...config.nodePools];
  return new Set(shapes.map((shape) => shape[property])).size === 1 ? property : `${groupKey(plan)}.${property}`;
}

function distinct(names: readonly CloudName[]): readonly CloudName[] {
  return names.filter((name, index) => names.findIndex(({ value }) => value === name.value) === index);
}
