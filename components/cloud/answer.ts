import { setTimeout as delay } from "node:timers/promises";
import { askAgain } from "./ask-again";
import { failureOf, isPassing, kindOf, reasonOf, type Failure } from "./refusal";

/** What the cloud answered to one question. */
export type Answer<T> = { readonly kind: "known"; readonly value: T } | Refusal;

/** Why there is no value. */
export interface Refusal {
  /**
   * `absent`: there is nothing of that name; `ambiguous`: there are several, and the question was for one; `unanswered`: the question is for
   * administrators, or the service failed.
   */
  readonly kind: "absent" | "ambiguous" | "unanswered";
  readonly reason: string;
  /** What is wrong beyond the one question. */
  readonly failure?: Failure;
}

/** Time before a question is put again that the cloud failed to answer, milliseconds. */
const pauses = [2_000, 6_000];

/**
 * Puts a question to the cloud, and again where a failure may pass; a refusal is an answer as well.
 * @param pause waits between two tries; replaced in tests
 */
export async function ask<T>(
  question: () => Promise<T>,
  pause: (milliseconds: number) => Promise<unknown> = delay,
): Promise<Answer<T>> {
  try {
    return { kind: "known", value: await askAgain(question, { pauses, isFinal, pause }) };
  } catch (error) {
    return refusal(error);
  }
}

/** What a failed question comes to. */
export function refusal(error: unknown): Refusal {
  const failure = failureOf(error);
  return { kind: kindOf(error), reason: reasonOf(error), ...(failure === undefined ? {} : { failure }) };
}

/** The provider authenticates once, and remembers that it could not: to ask it again is no use. */
function isFinal(error: unknown): boolean {
  return !isPassing(error) || /^Error creating OpenStack [\w -]+ client/.test(reasonOf(error));
}

/** The answer with its value turned into what is needed of it. */
export function mapAnswer<T, U>(answer: Answer<T>, turn: (value: T) => U): Answer<U> {
  return answer.kind === "known" ? { kind: "known", value: turn(answer.value) } : answer;
}

/** The value of an answer, `undefined` without one. */
export function valueOf<T>(answer: Answer<T> | undefined): T | undefined {
  return answer?.kind === "known" ? answer.value : undefined;
}
