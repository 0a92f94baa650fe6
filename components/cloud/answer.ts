import { setTimeout as delay } from "node:timers/promises";
import { askAgain } from "./ask-again";

/** What the cloud answered to one question. */
export type Answer<T> =
  | { readonly kind: "known"; readonly value: T }
  /** There is nothing of that name. */
  | { readonly kind: "absent"; readonly reason: string }
  /** There are several, and the question was for one. */
  | { readonly kind: "ambiguous"; readonly reason: string }
  /** The question was not answered: it is for administrators, or the service failed. */
  | { readonly kind: "unanswered"; readonly reason: string };

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
    const reason = cloudReason(error);
    return { kind: refusalKind(reason), reason };
  }
}

function isFinal(error: unknown): boolean {
  const reason = cloudReason(error);
  // The provider authenticates once, and remembers that it could not.
  return /^Error creating OpenStack \w+ client/.test(reason) || !isPassingFailure(reason);
}

/**
 * Whether a reason tells of a service that fails at the moment, rather than of a question that it refuses: the words of gophercloud 1.8 for the
 * statuses 429 and 500 to 504, which the provider does not try again, and those of this program's own questions.
 */
export function isPassingFailure(reason: string): boolean {
  return /Too many requests have been sent|Internal Server Error|unable to handle the request due to a temporary|but got (?:429|50\d)|service answered (?:429|50\d)|Bad Gateway|Gateway Time-?out/i.test(
    reason,
  );
}

/** The answer with its value turned into what is needed of it. */
export function mapAnswer<T, U>(answer: Answer<T>, turn: (value: T) => U): Answer<U> {
  return answer.kind === "known" ? { kind: "known", value: turn(answer.value) } : answer;
}

/** The value of an answer, `undefined` without one. */
export function valueOf<T>(answer: Answer<T> | undefined): T | undefined {
  return answer?.kind === "known" ? answer.value : undefined;
}

/** Whether a reason tells that the cloud cannot be entered at all, rather than what one question came to. */
export function isEntranceRefusal(reason: string): boolean {
  return /authenticat|unauthorized|\b401\b|auth_url|No suitable endpoint|dial tcp|connection refused|no such host|timeout/i.test(
    reason,
  );
}

/** The words of terraform-provider-openstack 1.54, which gives a data source's outcome as text alone. */
function refusalKind(reason: string): "absent" | "ambiguous" | "unanswered" {
  if (isEntranceRefusal(reason)) return "unanswered";
  if (/more than one|multiple results/i.test(reason)) return "ambiguous";
  return /returned no |No Flavor found|not found|\b404\b/i.test(reason) ? "absent" : "unanswered";
}

/** The provider's own words out of the engine's envelope around them. */
function cloudReason(error: unknown): string {
  // Node's `fetch` says what happened in the cause of its error alone.
  const told = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = told instanceof Error ? told.message : String(told);
  const inner = /invoking [^:]+:[^:]+:[^:]+: (.*)/s.exec(message)?.[1] ?? message;
  return inner
    .replace(/\s+/g, " ")
    .replace(/^\d+ errors? occurred: \* /, "")
    .trim()
    .slice(0, 400);
}
