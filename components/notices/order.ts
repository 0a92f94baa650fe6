import type { RecordedMachine } from "../model/recorded";
import { machineChange, type MachineChange } from "../plan/lifecycle";
import type { MachinePlan } from "../plan/machines";
import { planSteps, type Deed, type Pace, type Step } from "../plan/steps";

/** In which order this update touches machines, when it touches several: what its steps say. */
export function orderNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  pace: Pace,
): string[] {
  const steps = planSteps(plans, recorded, pace);
  const replaced = plans.filter((plan) => machineChange(plan, recorded) === "replace");
  const nodes = replaced.filter(({ role }) => role === "node");
  const isMaster = (hostName: string): boolean =>
    plans.some((plan) => plan.role === "master" && plan.hostName === hostName);
  const made = of(steps, "make");
  const masters = plans.filter(({ role }) => role === "master").map((plan) => machineChange(plan, recorded));
  const added = made.filter((name) => !isMaster(name) && !nodes.some(({ hostName }) => hostName === name));
  const masterIsMade = recorded.length > 0 && made.some(isMaster);
  const touched = [...made, ...of(steps, "retire")].filter((name) => !isMaster(name));
  if (pace.timeoutMinutes === 0) return hastyNotices(replaced.length, nodes.length, masterIsMade);
  const waiting = [
    ...(masterIsMade ? ["are made after it"] : []),
    ...(added.some((name) => steps.some(({ id }) => id === `join ${name}`))
      ? ["are Ready before the first node is drained"]
      : []),
  ];
  const sentences = [
    ...masterSentences(masters, masterIsMade, touched.length > 0),
    ...(added.length > 0 && waiting.length > 0 ? [`New nodes (${added.join(", ")}) ${waiting.join(", and ")}.`] : []),
    ...(nodes.length > pace.maxUnavailable
      ? [
          `Nodes are drained and replaced ${pace.maxUnavailable} at a time (maxUnavailable), the next when the last is Ready.`,
        ]
      : nodes.length > 1
        ? [`Nodes are drained and replaced together (maxUnavailable is ${pace.maxUnavailable}).`]
        : []),
  ];
  return sentences.length === 0 ? [] : [sentences.join(" ")];
}

/** @param changes what happens to each master */
function masterSentences(
  changes: readonly MachineChange[],
  isOneMade: boolean,
  areOthersTouched: boolean,
): readonly string[] {
  if (!isOneMade) return [];
  const isReplaced = changes.includes("replace");
  if (changes.length === 1) {
    return areOthersTouched
      ? [
          `The master is ${isReplaced ? "replaced" : "made"} first, and nothing else is touched before it is a Ready node.`,
        ]
      : [];
  }
  return [
    ...(isReplaced
      ? [
          `${changes.includes("create") ? "New masters are made first. Then masters" : "Masters"} are replaced one at a time, each while all others serve.`,
        ]
      : []),
    ...(areOthersTouched ? ["No node is touched before all masters are Ready nodes."] : []),
  ];
}

/** What is said where the API cannot be reached. */
function hastyNotices(replaced: number, nodes: number, masterIsMade: boolean): string[] {
  if (replaced === 0) return [];
  const nothing = "Nothing is drained, and nothing waits for a machine to be Ready (readinessTimeoutMinutes is 0)";
  const which = nodes === 1 ? "the node is replaced" : `all ${nodes} nodes are replaced at the same time`;
  if (!masterIsMade) return [`${nothing}: ${which}.`];
  // Of several this is refused: they would be away together.
  return [`${nothing}: the master is shut down and replaced${nodes === 0 ? "" : `, and once it is made, ${which}`}.`];
}

function of(steps: readonly Step[], wanted: Deed): readonly string[] {
  return steps.flatMap(({ deed, hostNames }) => (deed === wanted ? hostNames : []));
}
