import { CloudError } from "./cloud-error";

/** What is wrong beyond one question: the cloud cannot be entered, or it fails at the moment. */
export type Failure = "entrance" | "passing";

/**
 * Statuses as gophercloud 1.8 words them, which the provider's releases up to 3.15 hand on as text alone. From 2 on, behind provider 5, all are
 * worded alike: "Expected HTTP response code [200] when accessing [GET https://…], but got 429 instead: " and the body.
 * Source: gophercloud, `errors.go` of both.
 */
const wordings: readonly (readonly [RegExp, number])[] = [
  [/\bBad request with: \[/, 400],
  [/\bAuthentication failed\b/, 401],
  [/\bRequest forbidden\b/, 403],
  [/\bResource not found: \[/, 404],
  [/\bMethod not allowed$/, 405],
  [/\bThe server timed out waiting for the request/, 408],
  [/\bToo many requests have been sent/, 429],
  [/\bInternal Server Error\b/, 500],
  [/\bBad Gateway\b/, 502],
  [/\bunable to handle the request due to a temporary/, 503],
  [/\bGateway Time-?out\b/i, 504],
];

const bodies = /(?<=, error message:|\bbut got \d{3} instead:).*$/;

/** The words of whoever asked the cloud, without those of the answer's body, which may be about anything. */
function ownWords(error: unknown): string {
  return reasonOf(error).replace(bodies, "");
}

/** The status of the answer that a failure tells of; `undefined` where there was none, or where it is not told. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof CloudError) return error.status;
  const words = ownWords(error);
  const told = /\bbut got (\d{3}) instead/.exec(words)?.[1];
  return told === undefined ? wordings.find(([wording]) => wording.test(words))?.[1] : Number(told);
}

const passingStatuses = [408, 429, 500, 502, 503, 504];

/** Whether a failure may be gone in a moment: a service that fails, or a connection that broke. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return passingStatuses.includes(status);
  return /\bconnection reset by peer\b|\bECONNRESET\b|\bEAI_AGAIN\b|\bother side closed\b|: (?:unexpected )?EOF$/.test(
    ownWords(error),
  );
}

export function failureOf(error: unknown): Failure | undefined {
  if (isPassing(error)) return "passing";
  return isEntranceRefusal(error) ? "entrance" : undefined;
}

/** Whether a failure tells that the cloud cannot be entered at all, rather than what one question came to. */
function isEntranceRefusal(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status === 401;
  return /authenticat|unauthorized|\b401\b|auth_url|No suitable endpoint|dial tcp|connection refused|no such host|timeout|certificate/i.test(
    ownWords(error),
  );
}

export function kindOf(error: unknown): "absent" | "ambiguous" | "unanswered" {
  const status = statusOf(error);
  if (status !== undefined) return status === 404 ? "absent" : "unanswered";
  if (isEntranceRefusal(error)) return "unanswered";
  const words = ownWords(error);
  if (/more than one|multiple results/i.test(words)) return "ambiguous";
  return /returned no |No Flavor found|not found|\b404\b/i.test(words) ? "absent" : "unanswered";
}

/** Longest reason that is shown. */
const longest = 400;

/** The provider's own words out of the engine's envelope around them. */
export function reasonOf(error: unknown): string {
  // `fetch` says what happened in the cause of its error alone.
  const told = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = told instanceof Error ? told.message : String(told);
  const inner = /invoking [^:]+:[^:]+:[^:]+: (.*)/s.exec(message)?.[1] ?? message;
  return inner
    .replace(/\s+/g, " ")
    .replace(/^\d+ errors? occurred: \* /, "")
    .trim()
    .slice(0, longest);
}
