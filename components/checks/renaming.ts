import type { Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "../plan/machines";
import { machineHostName } from "../plan/names";
import { masterPoolName } from "../model/cluster";

/**
 * What keeps a stack's cluster from another name, also from that of a stack that was renamed: to the engine it is another cluster, made beside this
 * one, of which all is then deleted that nothing protects.
 */
export function renamingProblems(
  clusterName: string,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly Problem[] {
  const planned = new Set(plans.map(({ hostName }) => hostName));
  const masters = recorded.filter(({ role }) => role === "master");
  const ending = machineHostName("", masterPoolName, 0);
  const [other] = masters.flatMap(({ name }) => (name.endsWith(ending) ? [name.slice(0, -ending.length)] : []));
  if (other === undefined || masters.some(({ name }) => planned.has(name))) return [];
  const reason = `is another cluster than ${other}, which the stack has: its machines would be deleted`;
  return [
    {
      key: "clusterName",
      value: clusterName,
      reason,
      remedy: `set it to ${other}, whatever the stack is called; another cluster is another stack`,
    },
  ];
}
