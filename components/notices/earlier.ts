import type { ReadinessConfig } from "../model/cluster";
import type { RecordedMachine } from "../model/recorded";
import { replacedEarlier } from "../plan/earlier";
import type { MachinePlan } from "../plan/machines";

/** What the preview says of nodes that an update which did not end may have replaced; nothing where nothing waits. */
export function earlierNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  { timeoutMinutes }: ReadinessConfig,
): string[] {
  const names = replacedEarlier(plans, recorded).map(({ hostName }) => hostName);
  if (names.length === 0 || timeoutMinutes === 0) return [];
  return [
    `Before the next node is drained, those that have been replaced already have to be Ready: ${names.join(", ")}.`,
  ];
}
