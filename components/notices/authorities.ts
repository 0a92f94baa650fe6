import { machineAuthorities, recordedSet } from "../plan/authorities";
import { byGeneration, machineChange } from "../plan/lifecycle";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "../plan/machines";
import { authoritiesText, type AuthoritySet } from "../model/authorities";

/** What the preview says of a rotation of the authorities: which step it is, what waits for it, and what comes next. Nothing between two. */
export function authorityNotices(
  target: AuthoritySet,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): string[] {
  const text = authoritiesText(target);
  const step = stepOf(target, recorded);
  if (step === undefined) return [];
  const waiting = plans.filter((plan) => authoritiesText(machineAuthorities(plan, recorded, target)) !== text);
  if (waiting.length > 0) {
    const isMasterLate = waiting.some(({ role }) => role === "master");
    const order = isMasterLate ? " The master goes first: before it, no node of this step is made." : "";
    const names = waiting.map(({ hostName }) => hostName).join(", ");
    return [`${step} Waiting for it: ${names}. Set ${raised(waiting)}, and run \`pulumi up\`.${order}`];
  }
  const changing = plans.some((plan) => machineChange(plan, recorded) !== "keep");
  const reached = changing ? "With this update all machines have reached it." : "All machines have reached it.";
  return [`${step} ${reached} ${nextText(target, plans)}`];
}

/** Which step of a rotation this is, in words; `undefined` when there is none. */
function stepOf({ issuing, trusted }: AuthoritySet, recorded: readonly RecordedMachine[]): string | undefined {
  const title = (step: number): string =>
    `Rotation of the authorities, step ${step} of 3 (authorities ${trusted.join("+")}): `;
  const other = trusted.find((number) => number !== issuing);
  if (other !== undefined) {
    return other > issuing
      ? `${title(1)}${issuing} issues, and machines learn to trust ${other} as well.`
      : `${title(2)}certificates and tokens come from ${issuing}, and ${other} is still trusted.`;
  }
  const known = new Set(recorded.flatMap((machine) => recordedSet(machine).trusted));
  const forgotten = [...known].filter((number) => number !== issuing).sort((one, another) => one - another);
  if (forgotten.length === 0) return undefined;
  return forgotten.every((number) => number > issuing)
    ? `Rotation of the authorities, taken back (authorities ${issuing}): machines forget ${forgotten.join(", ")}, which never issued.`
    : `${title(3)}${issuing} issues and is trusted alone, and machines forget ${forgotten.join(", ")}.`;
}

function nextText({ issuing, trusted }: AuthoritySet, plans: readonly MachinePlan[]): string {
  const other = trusted.find((number) => number !== issuing);
  if (other === undefined) {
    return "The rotation ends with it: what nobody trusts any more is removed from the state, and its certificates, kubeconfigs and tokens are refused.";
  }
  return other > issuing
    ? `Next: set authorities to ${other}+${issuing} and ${raised(plans)}, and run \`pulumi up\`.`
    : `Next: give the kubeconfig to everybody anew, for those from ${other} are refused after the last step; then set authorities to ${issuing} ` +
        `and ${raised(plans)}, and run \`pulumi up\`.`;
}

/** The keys that replace machines, with the generation that each has to be raised to. */
function raised(plans: readonly MachinePlan[]): string {
  const keys = byGeneration(plans.map((plan) => ({ plan }))).map(({ key, next }) => `${key} to ${next}`);
  return [keys.slice(0, -1).join(", "), ...keys.slice(-1)].filter((part) => part !== "").join(" and ");
}

/** How long authorities and certificates are valid, hours. */
export interface Validities {
  readonly validityHours: number;
  readonly earlyRenewalHours: number;
  readonly authorityValidityHours: number;
}

/**
 * Which authorities end before the certificates that they issue now: a year ahead, unless they are short-lived themselves.
 * @param expiries when the first of each number's expires, RFC 3339, by number; of those that issue
 */
export function authorityExpiryNotices(
  target: AuthoritySet,
  expiries: Readonly<Record<number, string>>,
  now: Date,
  { validityHours, earlyRenewalHours, authorityValidityHours }: Validities,
): string[] {
  const hours = Math.max(earlyRenewalHours, Math.min(validityHours, authorityValidityHours / 10));
  return Object.entries(expiries)
    .filter(([, expiry]) => Date.parse(expiry) < now.getTime() + hours * 3_600_000)
    .map(([number, expiry]) => {
      const remedy =
        target.trusted.length > 1 || target.issuing !== Number(number)
          ? "Go on with their rotation"
          : `Rotate them: set authorities to ${number}+${Number(number) + 1} and see docs/operations.md`;
      return `Certificate authorities ${number} end at ${expiry}, and whatever certificates they issued end then. ${remedy}.`;
    });
}
