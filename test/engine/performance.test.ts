import { afterAll, beforeAll, expect, it } from "vitest";
import { bareLoop, offlineLab, program, type Contender } from "../../lab/bench/contenders.ts";
import type { Work } from "../../lab/bench/options.ts";
import { medians, type Figures } from "../../lab/bench/table.ts";
import { ensureEngine } from "../../lab/engine/engine.ts";
import { measure } from "../../lab/lib/measure.ts";

// Ratios of processor time, which other work on the machine hardly changes, with bounds well above what docs/performance.md tells: this finds
// what was made twice as slow, not what was made a tenth slower.

const contenders: Contender[] = [];
let cluster: Contender;
let bare: Contender;

beforeAll(async () => {
  const lab = offlineLab(await ensureEngine(console.log), "performance");
  cluster = await program(lab);
  bare = await bareLoop(lab);
  contenders.push(cluster, bare);
});

afterAll(() => {
  contenders.forEach((contender) => {
    contender.forget();
  });
});

async function measured(contender: Contender, work: Work, nodes: number): Promise<Figures> {
  await contender.configure(nodes);
  const command = contender.command(work);
  if (command === undefined) throw new Error(`${contender.name} has no ${work}`);
  return { ...(await measure(command.program, command.args, command.options)), requests: 0, refused: 0 };
}

/** Medians of three runs of each, in turns. */
async function inTurns(one: () => Promise<Figures>, other: () => Promise<Figures>): Promise<[Figures, Figures]> {
  const runs: [Figures[], Figures[]] = [[], []];
  for (let run = 0; run < 3; run++) {
    runs[0].push(await one());
    runs[1].push(await other());
  }
  return [medians(runs[0]), medians(runs[1])];
}

it("previews three nodes in less than 1.8 times the processor time of a bare loop of the same resources", async () => {
  const [ours, floor] = await inTurns(
    () => measured(cluster, "preview", 3),
    () => measured(bare, "preview", 3),
  );
  console.log({ ours, floor });
  expect(ours.cpuSeconds / floor.cpuSeconds).toBeLessThan(1.8);
});

it("begins in less than 2.5 s of processor time beyond a program that makes nothing", async () => {
  const [ours, empty] = await inTurns(
    () => measured(cluster, "start", 3),
    () => measured(bare, "start", 3),
  );
  console.log({ ours, empty });
  expect(ours.cpuSeconds - empty.cpuSeconds).toBeLessThan(2.5);
});

it("takes less than 2.6 times the processor time and 2.2 times the memory for twice the nodes", async () => {
  const few = await measured(cluster, "preview", 40);
  const twice = await measured(cluster, "preview", 80);
  console.log({ few, twice });
  expect(twice.cpuSeconds / few.cpuSeconds).toBeLessThan(2.6);
  expect(twice.peakMemory / few.peakMemory).toBeLessThan(2.2);
});
