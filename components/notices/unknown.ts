import type { RecordedMachine } from "../model/recorded";
import { stayingMachines, unknownSettings } from "../plan/made-with";
import type { MachinePlan } from "../plan/machines";

/** What the preview cannot tell of machines that stay: which settings they hold that an earlier version of the program made. */
export function unknownNotices(plans: readonly MachinePlan[], recorded: readonly RecordedMachine[]): string[] {
  const unknown = stayingMachines(plans, recorded).map(({ plan, record }) => ({
    name: plan.hostName,
    keys: unknownSettings(plan, record),
  }));
  const names = unknown.filter(({ keys }) => keys.length > 0).map(({ name }) => name);
  const keys = [...new Set(unknown.flatMap((machine) => machine.keys))];
  if (names.length === 0) return [];
  return [
    `Made by an earlier version of this program, which did not record it: what ${names.join(", ")} ${names.length === 1 ? "has" : "have"} of ` +
      `${keys.join(", ")}. A preview does not see whether a change of these waits for ${names.length === 1 ? "it" : "them"}; with the next generation it does.`,
  ];
}
