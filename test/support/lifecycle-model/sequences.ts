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
const sequences = Number(process.env["LIFECYCLE_SEQUENCES"] ?? 10_000);
/** On a machine that is busy, a part tries as many as it can in this time, milliseconds; those asked for by hand are all tried. */
const longest = 150_000;
/** Another one tries other sequences; a failure prints its own, which repeats it. */
const seed = Number(process.env["LIFECYCLE_SEED"] ?? 1);

function judge({ watch }: World): void {
  if (watch.violations.length > 0) throw new Error([...new Set(watch.violations)].join("\n"));
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
