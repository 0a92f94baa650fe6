import type { Answer, Section } from "./section.ts";

/** Which rules of its own firewall and routing a machine has. */
export interface GuardRow {
  readonly machine: string;
  /** Whether pods are kept from the metadata service; absent where the machine could not be asked. */
  readonly metadata?: boolean;
  /** Whether kube-proxy's metrics are closed. */
  readonly metrics?: boolean;
  /** Whether kube-proxy's rules for Services are there. */
  readonly services?: boolean;
  /** Whether something puts the rules back; `undefined` on machines of a generation that has nothing of the kind. */
  readonly watched?: boolean | undefined;
  /** When rules had to be put back last since the machine started, RFC 3339. */
  readonly lost?: string | undefined;
  readonly wrong: readonly string[];
}

/** What is told of rules that are not there, by the name that `guards.sh` gives them. */
const faults: Readonly<Record<string, string>> = {
  "metadata-addresses": "lacks the rule that keeps addresses of pods from the metadata service",
  "metadata-bridge": "lacks the rule that keeps the bridge of pods from the metadata service",
  "route-addresses": "lacks the route that keeps addresses of pods from the metadata service",
  "route-bridge": "lacks the route that keeps the bridge of pods from the metadata service",
  metrics: "lacks the rule that closes kube-proxy's metrics",
  services: "lacks kube-proxy's rules: Services do not answer its pods. journalctl -u kube-proxy says why",
  watched: "puts no rule back that is taken away: systemctl start kovhernetes-guard",
};

/** What to think of the rules, machine by machine. @param answers what `guards.sh` printed on each */
export function guardSection(answers: readonly (Answer<string> & { readonly machine: string })[]): Section<GuardRow> {
  const rows = answers.map((answer) =>
    "failure" in answer ? { machine: answer.machine, wrong: [] } : guardRow(answer.machine, answer.value),
  );
  return {
    rows,
    wrong: rows.flatMap(({ machine, wrong }) => wrong.map((text) => `${machine} ${text}`)),
    unknown: answers.flatMap((answer) => ("failure" in answer ? [answer.failure] : [])),
    notes: rows.flatMap(({ machine, metadata, watched, lost }) => [
      ...(metadata !== undefined && watched === undefined
        ? [`${machine} does not put its rules back when they are taken away: its next generation does`]
        : []),
      ...(lost === undefined
        ? []
        : [`${machine} had to put its rules back, last at ${lost}: something there writes the firewall anew`]),
    ]),
  };
}

function guardRow(machine: string, output: string): GuardRow {
  const told = new Map(
    output.split("\n").map((line): [string, string] => {
      const [name = "", value = ""] = line.split("\t");
      return [name, value];
    }),
  );
  const has = (name: string): boolean => told.get(name) === "yes";
  const expected = ["metadata-addresses", "metadata-bridge", "metrics", "services"];
  const later = ["route-addresses", "route-bridge", "watched"].filter((name) => told.has(name));
  const lost = told.get("lost");
  return {
    machine,
    metadata: has("metadata-addresses") && has("metadata-bridge"),
    metrics: has("metrics"),
    services: has("services"),
    watched: told.has("watched") ? has("watched") : undefined,
    lost: lost === "" ? undefined : lost,
    wrong: [...expected, ...later].filter((name) => !has(name)).map((name) => faults[name] ?? name),
  };
}
