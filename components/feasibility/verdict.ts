import type { Problem } from "../model/problems";

/** What a part of the check comes to. */
export interface Verdict {
  /** What is certain to fail. */
  readonly problems: readonly Problem[];
  /** What may fail, one sentence each. */
  readonly warnings: readonly string[];
  readonly unchecked: readonly Unchecked[];
}

/** What could not be checked, and why. */
export interface Unchecked {
  readonly what: string;
  readonly reason: string;
}

export const nothingToSay: Verdict = { problems: [], warnings: [], unchecked: [] };

/** Several verdicts as one, in their order; what several of them say is said once. */
export function together(verdicts: readonly Verdict[]): Verdict {
  return {
    problems: distinct(verdicts.flatMap(({ problems }) => problems)),
    warnings: distinct(verdicts.flatMap(({ warnings }) => warnings)),
    unchecked: distinct(verdicts.flatMap(({ unchecked }) => unchecked)),
  };
}

function distinct<T>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [JSON.stringify(thing), thing])).values()];
}

/** A problem as a verdict. */
export function refuse(key: string, value: string, reason: string, remedy: string): Verdict {
  return { ...nothingToSay, problems: [{ key, value, reason, remedy }] };
}

/** A doubt as a verdict. */
export function warn(warning: string): Verdict {
  return { ...nothingToSay, warnings: [warning] };
}

/** A question without an answer as a verdict. */
export function leaveUnchecked(what: string, reason: string): Verdict {
  return { ...nothingToSay, unchecked: [{ what, reason }] };
}
