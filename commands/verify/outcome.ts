/** How a connection ended, as curl tells: its exit code, and the HTTP status that came back (0 when none did). */
export interface Outcome {
  readonly exitCode: number;
  readonly status: number;
}

/** `unreachable` is neither: nothing was proven, since nobody was there to refuse. */
export type Verdict = "accepted" | "refused" | "unreachable";

/** curl's exit codes for a handshake or a connection that the other side ended, and for a server that cannot prove its name. */
const refusals = new Set([35, 52, 55, 56, 60]);

/** Statuses with which a server refuses: a request in clear (400), an unknown client (401), one without the right (403). */
const refusingStatuses = new Set([400, 401, 403]);

/** What an outcome means. */
export function verdict({ exitCode, status }: Outcome): Verdict {
  if (exitCode === 0 && status >= 200 && status < 300) return "accepted";
  if (exitCode === 0 && refusingStatuses.has(status)) return "refused";
  return refusals.has(exitCode) ? "refused" : "unreachable";
}

/** An outcome in words. */
export function outcomeText({ exitCode, status }: Outcome): string {
  const ends: Readonly<Record<number, string>> = {
    6: "no such host",
    7: "no connection",
    28: "no answer in time",
    35: "handshake refused",
    52: "closed without an answer",
    55: "closed while sending",
    56: "closed by the server",
    58: "no such client certificate",
    60: "the server cannot prove that name",
  };
  return exitCode === 0 ? `HTTP ${String(status)}` : (ends[exitCode] ?? `curl ended with ${String(exitCode)}`);
}
