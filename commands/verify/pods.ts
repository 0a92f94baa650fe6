import type { Machine } from "../shared/machine.ts";
import { outcomeText, verdict, type Outcome } from "./outcome.ts";
import type { Finding } from "./finding.ts";

/** Whether anything answered: a handshake, a status, or a connection that was taken and closed. */
function isAnswered(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && (outcome.status > 0 || verdict(outcome) === "refused");
}

/**
 * Whether pods of a machine are kept from the metadata service. Silence proves something only where the same pod reaches the machine
 * itself, which it must.
 * @param outcomes of the calls of `pod_path` in `probe.sh`
 */
export function podFinding({ name }: Pick<Machine, "name">, outcomes: ReadonlyMap<string, Outcome>): Finding {
  const metadata = outcomes.get("pod: metadata");
  const isProven = metadata !== undefined && isAnswered(outcomes.get("pod: machine"));
  const isServed = isAnswered(outcomes.get("machine: metadata"));
  const observed = !isProven
    ? `not tried: a pod's address of ${name} reaches not even ${name}`
    : isAnswered(metadata)
      ? `accepted (${outcomeText(metadata)})`
      : `refused (${outcomeText(metadata)}; ${name} itself is ${isServed ? "" : "not "}answered)`;
  return {
    ...{ client: `pod on ${name}`, server: "metadata service", from: name },
    ...{ attempt: "from a pod's address", expected: "refused", observed },
    holds: isProven && !isAnswered(metadata),
  };
}
