import type { RecordedAuthorities } from "../model/recorded";
import { machineAuthorities, recordedSet } from "../plan/authorities";
import type { Problem } from "../model/problems";
import { generationKey, machineChange } from "../plan/lifecycle";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "../plan/machines";
import { acceptEachOther, authoritiesText, parseAuthorities, type AuthoritySet } from "../model/authorities";

const key = "authorities";

/**
 * What keeps a cluster from going by other authorities. While machines are replaced, those of before and those of after work together, and with
 * the administrator: each has to accept every other. So authorities issue only once everybody trusts them, and go only once nobody's
 * certificates come from them.
 */
export function authorityProblems(
  target: AuthoritySet,
  recorded: readonly RecordedMachine[],
  known?: RecordedAuthorities,
): readonly Problem[] {
  const problem = (reason: string, remedy: string): Problem => ({
    key,
    value: authoritiesText(target),
    reason,
    remedy,
  });
  const possible = `possible now: ${possibleSets(recorded, known).join(", ") || "none before all machines are of one step"}`;
  const untrusting = recorded.filter((machine) => !recordedSet(machine).trusted.includes(target.issuing));
  const depending = dependents(target, recorded, known);
  const gone = goneNumber(target, recorded, known);
  return [
    ...(untrusting.length === 0
      ? []
      : [
          problem(
            `issues from ${target.issuing}, which machines do not trust yet: ${untrusting.map(madeWith).join(", ")}`,
            `have ${target.issuing} trusted first, and replace these machines with that; ${possible}`,
          ),
        ]),
    ...(depending.length === 0
      ? []
      : [
          problem(
            `no longer trusts authorities from which certificates still come: ${depending.join(", ")}`,
            `have these issued by ${target.issuing} first, while both are trusted; ${possible}`,
          ),
        ]),
    ...(gone === undefined
      ? []
      : [
          problem(
            `names authorities ${gone}, which were removed: what came from them is worth nothing any more`,
            `go on to new ones, with the number after ${Math.max(...(known?.existing ?? []))}; ${possible}`,
          ),
        ]),
  ];
}

/**
 * What keeps a node from being made before the master: pods trust what the master tells them when they start, and so have to start after it is of
 * the same step.
 */
export function orderProblems(
  target: AuthoritySet,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly Problem[] {
  const isOfTarget = (plan: MachinePlan): boolean =>
    authoritiesText(machineAuthorities(plan, recorded, target)) === authoritiesText(target);
  const late = plans.filter((plan) => plan.role === "master" && !isOfTarget(plan));
  const nodes = plans.filter((plan) => plan.role === "node" && machineChange(plan, recorded) !== "keep");
  if (late.length === 0 || nodes.length === 0) return [];
  const keys = [...new Set(late.map((plan) => `${generationKey(plan)} to ${plan.shape.generation + 1}`))];
  return [
    {
      key,
      value: authoritiesText(target),
      reason: `is not yet that of ${names(late)}, and this update makes ${names(nodes)}, whose pods would not get to know it`,
      remedy: `set ${keys.join(" and ")} as well: the master is replaced first`,
    },
  ];
}

function names(plans: readonly MachinePlan[]): string {
  return plans.map(({ hostName }) => hostName).join(", ");
}

function madeWith(machine: RecordedMachine): string {
  return `${machine.name} (made with ${authoritiesText(recordedSet(machine))})`;
}

/** Whose certificates come from authorities that are not trusted any more. */
function dependents(
  target: AuthoritySet,
  recorded: readonly RecordedMachine[],
  known: RecordedAuthorities | undefined,
): readonly string[] {
  const machines = recorded.filter((machine) => !target.trusted.includes(recordedSet(machine).issuing)).map(madeWith);
  const { administrator } = known ?? {};
  const isRefused = administrator !== undefined && !target.trusted.includes(administrator);
  return [...machines, ...(isRefused ? [`the administrator's kubeconfig (from ${administrator})`] : [])];
}

/** A number that the cluster had and has no more. It would come back with other keys. */
function goneNumber(
  { trusted }: AuthoritySet,
  recorded: readonly RecordedMachine[],
  known: RecordedAuthorities | undefined,
): number | undefined {
  const existing = known?.existing ?? [];
  if (existing.length === 0) return undefined;
  const trusting = new Set(recorded.flatMap((machine) => recordedSet(machine).trusted));
  return trusted.find(
    (number) => !existing.includes(number) && (number < Math.max(...existing) || trusting.has(number)),
  );
}

/** What the configuration may say now, in the order of a rotation. */
function possibleSets(recorded: readonly RecordedMachine[], known: RecordedAuthorities | undefined): readonly string[] {
  const sets = recorded.length > 0 ? recorded.map(recordedSet) : administratorSet(known);
  if (sets.length === 0) return [];
  const from = Math.min(...sets.flatMap(({ trusted }) => trusted));
  const numbers = Array.from(
    { length: Math.max(...sets.flatMap(({ trusted }) => trusted)) - from + 2 },
    (_, n) => from + n,
  );
  return numbers
    .flatMap((number) => [`${number}`, `${number}+${number + 1}`, `${number + 1}+${number}`])
    .filter((text) => {
      const set = parseAuthorities(text);
      return (
        set !== undefined &&
        sets.every((other) => acceptEachOther(set, other)) &&
        dependents(set, recorded, known).length === 0 &&
        goneNumber(set, recorded, known) === undefined
      );
    });
}

/** Where there is no machine, the certificate in the state is all there is. */
function administratorSet(known: RecordedAuthorities | undefined): readonly AuthoritySet[] {
  const { administrator } = known ?? {};
  return administrator === undefined ? [] : [{ issuing: administrator, trusted: known?.existing ?? [administrator] }];
}
