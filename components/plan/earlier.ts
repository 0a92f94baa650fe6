import { machineChange } from "./lifecycle";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "./machines";

/**
 * Nodes that stay and that an update which did not end may have replaced: those of pools, or of an upgrade, of which this update replaces others.
 * They count as away until they are Ready, or each further try would take one more node from the cluster.
 */
export function replacedEarlier(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly MachinePlan[] {
  const nodes = plans.filter(({ role }) => role === "node");
  const replaced = nodes.filter((plan) => machineChange(plan, recorded) === "replace");
  const pools = new Set(replaced.map(({ pool }) => pool));
  const isUpgrade = replaced.some(({ hostName, kubernetes }) =>
    recorded.some((record) => record.name === hostName && record.kubernetes !== kubernetes),
  );
  return nodes.filter((plan) => machineChange(plan, recorded) === "keep" && (isUpgrade || pools.has(plan.pool)));
}
