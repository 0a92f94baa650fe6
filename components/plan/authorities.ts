import { machineChange } from "./lifecycle";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "./machines";
import { firstAuthorities, parseAuthorities, type AuthoritySet } from "../model/authorities";

/** Which authorities are made, and who gets certificates from which. */
export interface AuthorityPlan {
  /** What the configuration asks for: new machines, the administrator and the trust of the kubeconfig. */
  readonly target: AuthoritySet;
  /** Every number that is needed, in order. What issues is protected; what is merely trusted may go when nobody trusts it any more. */
  readonly made: readonly { readonly number: number; readonly issues: boolean }[];
  /** Number of the authorities from which each machine's certificates come, by host name. */
  readonly issuers: Readonly<Record<string, number>>;
}

/** The authorities that a machine of the stack was made with; the first ones for machines from before there were others. */
export function recordedSet({ authorities }: RecordedMachine): AuthoritySet {
  return (authorities === undefined ? undefined : parseAuthorities(authorities)) ?? firstAuthorities;
}

/** The authorities that a machine goes by after this update: those it was made with, as long as it is not made anew. */
export function machineAuthorities(
  plan: MachinePlan,
  recorded: readonly RecordedMachine[],
  target: AuthoritySet,
): AuthoritySet {
  const record = recorded.find(({ name }) => name === plan.hostName);
  return record !== undefined && machineChange(plan, recorded) === "keep" ? recordedSet(record) : target;
}

/**
 * Authorities live as long as a machine that stays goes by them, whatever the configuration says meanwhile: a number never means two different
 * keys to two machines.
 */
export function planAuthorities(
  target: AuthoritySet,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): AuthorityPlan {
  const sets = plans.map((plan) => ({ plan, set: machineAuthorities(plan, recorded, target) }));
  const numbers = new Set([target, ...sets.map(({ set }) => set)].flatMap(({ trusted }) => trusted));
  const issuing = new Set([target, ...sets.map(({ set }) => set)].map((set) => set.issuing));
  return {
    target,
    made: [...numbers].sort((one, other) => one - other).map((number) => ({ number, issues: issuing.has(number) })),
    issuers: Object.fromEntries(sets.map(({ plan, set }) => [plan.hostName, set.issuing])),
  };
}
