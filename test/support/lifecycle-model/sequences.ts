import * as fc from "fast-check";
import { actions } from "./actions";
import { loadProgram } from "./edges";
import { World } from "./world";

/** Clusters from which sequences begin, by what their stacks say beside the smallest one. */
const beginnings: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { nodes: 2 },
  { nodes: 0 },
  { etcdVolume: false },
  { access: "floatingIp", nodes: 2 },
  { nodePools: { web: { count: 3 } }, maxUnavailable: 2, authorization: "RBAC" },
];

/** Sequences in all, over the files that share them; more by hand: `LIFECYCLE_SEQUENCES=200000`. */
const sequences = Number(process.env["LIFECYCLE_SEQUENCES"] ?? 2_000);
/** On a machine that is busy, a part tries as many as it can in this time, milliseconds; those asked for by hand are all tried. */
const longest = 30_000;
/** Another one tries other sequences; a failure prints its own, which repeats it. */
const seed = Number(process.env["LIFECYCLE_SEED"] ?? 1);

/** What is wrong today and known, each with what it waits for. Nothing may be: an entry goes with its mend. */
const known: readonly RegExp[] = [
  // What a machine was made with is not recorded: what waits, by what authorization it runs, when its certificates end.
  /^waits: /,
  /^authorization: /,
  /^certificates: /,
  // A volume turned on or off, or of another type, changes at once for a master that stays.
  /^etcd: the cluster's data is gone, and nobody was told/,
  /^etcd: volume .* is deleted/,
  /^ground: \S+ runs, and loses etcd's volume$/,
  /^fails: [^]*is protected/,
  /^fails: [^]*API does not answer: no connection/,
  // A master without a volume leaves its add-ons behind, in the state alone.
  /^fails: [^]*add-ons are not rolled out/,
  // The Node object of a lost server counts as a place for cluster DNS, and the node is made anew after the master that cannot be drained.
  /^fails: [^]*was not drained/,
];

function judge({ watch, isMistaken }: World): void {
  // A machine is known by the name that a refresh read, so that one that was renamed in the console is another one: known, and to be mended.
  if (isMistaken) return;
  const found = watch.violations.filter((text) => !known.some((pattern) => pattern.test(text)));
  if (found.length > 0) throw new Error([...new Set(found)].join("\n"));
}

/**
 * Tries random sequences of what people do, from clusters that are there and work.
 * @param part of how many: sequences of parts differ
 * @throws Error with the shortest sequence that breaks a rule, as a list of actions, and with the seed that finds it again
 */
export async function trySequences(part: number, parts: number): Promise<void> {
  // What it imports of the program has to come after the program's edges.
  await loadProgram();
  const { smallest } = await import("../../unit/config-values.ts");
  const clusters: World[] = [];
  for (const beginning of beginnings) {
    const world = new World({ ...smallest, ...beginning });
    const update = await world.up();
    if (update.end !== "done")
      throw new Error(`a new cluster of ${JSON.stringify(beginning)} ${update.end}: ${update.reason}`);
    judge(world);
    await staysAsItIs(new World(world.settings, world));
    clusters.push(world);
  }
  const start = fc.constantFrom(...beginnings.keys()).map((index) => new Beginning(index));
  const property = fc.asyncProperty(
    start,
    fc.commands(actions(judge), { maxCommands: 8, size: "+1" }),
    async ({ index }, commands) => {
      const cluster = clusters[index];
      if (cluster === undefined) throw new Error(`no cluster ${index}`);
      const world = new World(cluster.settings, cluster);
      await fc.asyncModelRun(() => ({ model: { isUnchanged: true }, real: world }), commands);
    },
  );
  const numRuns = Math.ceil(sequences / parts);
  const limits = process.env["LIFECYCLE_SEQUENCES"] === undefined ? { interruptAfterTimeLimit: longest } : {};
  await fc.assert(property, { numRuns, seed: seed * 1_000 + part, ...limits });
}

/** An update after one that ended well, with nothing in between, takes no step. */
async function staysAsItIs(world: World): Promise<void> {
  const { end, steps } = await world.up();
  if (end !== "done" || steps.length > 0) throw new Error(`an update of nothing ${end}: ${steps.join(", ")}`);
  judge(world);
}

/** Reads as its settings in a counterexample. */
class Beginning {
  constructor(readonly index: number) {}

  [fc.toStringMethod](): string {
    return `a cluster of ${JSON.stringify(beginnings[this.index])}`;
  }
}
