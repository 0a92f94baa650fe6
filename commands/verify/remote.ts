import * as fs from "node:fs";
import * as path from "node:path";
import type { Machine } from "../shared/machine.ts";
import { call, runAsRoot, word, type Access } from "../shared/remote.ts";
import { readListener, type Listener } from "./listeners.ts";
import type { Probe } from "./matrix.ts";
import type { Outcome } from "./outcome.ts";
import type { MadePair } from "./strangers.ts";

/** What a machine answered. */
export interface MachineReport {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Certificates in PEM: those that probes showed, by path on the machine, and those that servers showed, by address and port. */
  readonly certificates: ReadonlyMap<string, string>;
  /** Every socket that takes connections or datagrams. */
  readonly listeners: readonly Listener[];
}

const prelude = fs.readFileSync(path.join(import.meta.dirname, "probe.sh"), "utf8");

/** Where a pair is on the machine. */
function pairArguments(identity: string): string[] {
  // The script's variable, hence outside the quotes.
  const base = identity.startsWith("made:") ? `"$made"/${word(identity.slice("made:".length))}` : word(identity);
  return ["--cert", `${base}.crt`, "--key", `${base}.key`];
}

function curlCall({ id, url, authority, identity, claimedHost, offers = [] }: Probe): string {
  const { hostname, port, protocol } = new URL(url);
  const asked = claimedHost === undefined ? url : url.replace(`//${hostname}:`, `//${claimedHost}:`);
  const resolve = claimedHost === undefined ? [] : ["--resolve", word(`${claimedHost}:${port}:${hostname}`)];
  const pair = identity === undefined || protocol === "http:" ? [] : pairArguments(identity);
  return [
    "probe",
    word(id),
    "--cacert",
    word(authority),
    ...resolve,
    ...pair,
    ...offers.map(word),
    "--url",
    word(asked),
  ].join(" ");
}

/** Further calls that every machine is asked for: what a pod of it reaches, and what listens on it. */
export const everywhere = ({ address }: Pick<Machine, "address">): readonly string[] => [
  call("pod_path", address),
  "listeners",
];

/** The text of the script that tries these probes on a machine, and what else it is to call. */
export function probeScript(
  probes: readonly Probe[],
  made: Readonly<Record<string, MadePair>>,
  calls: readonly string[] = [],
): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const own = probes.flatMap(({ identity }) => (identity?.startsWith("/") === true ? [identity] : []));
  const doors = probes.filter(({ url }) => url.startsWith("https:")).map(({ url }) => new URL(url).host);
  return [
    prelude,
    ...Object.entries(made).flatMap(([name, pair]) => [
      call("put", `${name}.crt`, base64(pair.certificate)),
      call("put", `${name}.key`, base64(pair.privateKey)),
    ]),
    ...[...new Set(own)].map((identity) => call("certificate", identity, `${identity}.crt`)),
    ...[...new Set(doors)].map((door) => call("served", door, door)),
    ...probes.map(curlCall),
    ...calls,
    "",
  ].join("\n");
}

/** Reads what the script printed. */
export function readReport(output: string): MachineReport {
  const outcomes = new Map<string, Outcome>();
  const certificates = new Map<string, string>();
  const listeners: Listener[] = [];
  for (const line of output.split("\n")) {
    const [kind, id = "", ...rest] = line.split("\t");
    if (kind === "probe") outcomes.set(id, { exitCode: Number(rest[0]), status: Number(rest[1]) });
    if (kind === "certificate" && rest[0] !== "") certificates.set(id, Buffer.from(rest[0] ?? "", "base64").toString());
    if (kind === "listener") listeners.push(readListener(id, rest));
  }
  return { outcomes, certificates, listeners };
}

/**
 * Tries probes on a machine, as root, over SSH.
 * @throws Error when the machine cannot be reached, with ssh's own words.
 */
export async function tryOn(
  machine: Machine,
  probes: readonly Probe[],
  made: Readonly<Record<string, MadePair>>,
  access: Access,
): Promise<MachineReport> {
  return readReport(await runAsRoot(machine, probeScript(probes, made, everywhere(machine)), access));
}
