/** How one part of the cluster is: `unknown` where it could not be asked, `skipped` where nobody asked. */
export type SectionState = "ok" | "wrong" | "unknown" | "skipped";

/** What was seen of one part of the cluster, and what to think of it. */
export interface Section<Row> {
  readonly rows: readonly Row[];
  /** What is wrong or near its end, one sentence each. */
  readonly wrong: readonly string[];
  /** What could not be asked, and why. */
  readonly unknown: readonly string[];
  /** Worth knowing, and no fault. */
  readonly notes: readonly string[];
  readonly skipped?: true;
}

/** What was answered, or the reason why nothing was. */
export type Answer<T> = { readonly value: T } | { readonly failure: string };

/** A section's state; what is wrong counts for more than what is not known. */
export function stateOf({ wrong, unknown, skipped }: Section<unknown>): SectionState {
  if (skipped === true) return "skipped";
  if (wrong.length > 0) return "wrong";
  return unknown.length > 0 ? "unknown" : "ok";
}

/** Exit code for monitors: 0 healthy, 1 something is wrong or near its end, 2 something could not be asked and nothing seen is wrong. */
export function exitCodeOf(sections: readonly Section<unknown>[]): 0 | 1 | 2 {
  const states = sections.map(stateOf);
  if (states.includes("wrong")) return 1;
  return states.includes("unknown") ? 2 : 0;
}
