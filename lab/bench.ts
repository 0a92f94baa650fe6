import * as fs from "node:fs";
import { ExecaError } from "execa";
import { bareLoop, offlineLab, program, terraform, type BenchLab, type Contender } from "./bench/contenders.ts";
import { benchOptions, usage, type BenchOptions, type Work } from "./bench/options.ts";
import { turns } from "./bench/order.ts";
import { figures, markdown, type Row, type StateSize } from "./bench/table.ts";
import { ensureEngine, type Engine } from "./engine/engine.ts";
import { fail } from "./lib/fail.ts";
import { measure } from "./lib/measure.ts";
import { startPretendedCloud } from "./lib/pretended.ts";
import type { Report } from "./lib/process.ts";
import { Stages } from "./lib/stages.ts";
import { findCloud, stopCloud } from "./openstack/cloud.ts";
import { FaultyCloud } from "./openstack/faulty-cloud.ts";
import { countRequests } from "./openstack/requests.ts";

/** A cloud of its own: tests may use theirs at the same time. */
const instance = "trial";
const prefix = "bench";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not once: with no listener left, the one of execa would end this process at the same signal.
  process.on(signal, () => {
    console.error(`\n${signal}: ending what is measured, then removing what was started`);
    interruption.abort();
  });
}

/** `npm run bench`: time, processor time and memory of this program, of a bare loop and of Terraform, making the same resources. */
async function bench(options: BenchOptions): Promise<void> {
  const stages = new Stages();
  const engine = await stages.run("engine", ensureEngine);
  const isOurs = !options.offline && findCloud(instance) === undefined;
  const contenders: Contender[] = [];
  let ended = false;
  let limited: Limited | undefined;
  try {
    let lab = options.offline
      ? offlineLab(engine, prefix, options.parallel)
      : await stages.run("OpenStack", (report) => cloudLab(engine, options.parallel, report));
    if (options.limit !== undefined) {
      limited = await limit(lab, options.limit);
      lab = limited.lab;
    }
    const makers = { program, "bare-loop": bareLoop, terraform };
    for (const name of options.contenders) {
      contenders.push(await stages.run(name, (report) => makers[name](lab, report)));
    }
    await measureAll(contenders, options, limited?.refused);
    ended = true;
  } finally {
    contenders.forEach((contender) => {
      contender.forget();
    });
    await limited?.stop();
    // What a run made that did not end goes with the cloud.
    if (isOurs || (!options.offline && !ended)) await stopCloud(instance, () => undefined);
  }
}

async function cloudLab(engine: Engine, parallel: number | undefined, report: Report): Promise<BenchLab> {
  const cloud = await startPretendedCloud(instance, report);
  const listing = await cloud.exec(["openstack", "network", "list", "--external", "-f", "json"], {
    environment: cloud.environment,
  });
  const [external] = JSON.parse(listing) as { ID: string }[];
  return { engine, cloud, externalNetworkId: external?.ID ?? "", parallel, prefix };
}

/** The lab behind a limit to the requests that it takes. */
interface Limited {
  readonly lab: BenchLab;
  /** How many requests were too many so far. */
  readonly refused: () => number;
  readonly stop: () => Promise<void>;
}

async function limit(lab: BenchLab, perSecond: number): Promise<Limited> {
  const gate = await FaultyCloud.start(lab.cloud.environment);
  const { count } = gate.limit(perSecond);
  const cloud = { ...lab.cloud, environment: gate.environment };
  return { lab: { ...lab, cloud }, refused: count, stop: () => gate.stop() };
}

async function measureAll(
  contenders: readonly Contender[],
  options: BenchOptions,
  refused: () => number = () => 0,
): Promise<void> {
  const rows: Row[] = [];
  const sizes: StateSize[] = [];
  const print = (): void => {
    if (rows.length > 0) console.log(`\n${markdown(rows, sizes)}`);
    if (options.json !== undefined)
      fs.writeFileSync(options.json, `${JSON.stringify({ options, rows, sizes }, null, 2)}\n`);
  };
  try {
    for (const nodes of options.sizes) {
      for (let run = 1; run <= options.runs; run++) {
        for (const { work, contender } of turns(contenders, options.works, run)) {
          const row = await measureOne(contender, work, nodes, run, refused);
          if (row !== undefined && options.works.includes(work)) rows.push(row);
          if (work === "up" && run === 1)
            sizes.push({ nodes, contender: contender.name, ...(await contender.state()) });
        }
      }
    }
  } finally {
    print();
  }
}

/** How many requests the cloud has had; 0 where there is none. */
function requestsSoFar(): number {
  const cloud = findCloud(instance);
  return cloud === undefined ? 0 : countRequests(cloud);
}

async function measureOne(
  contender: Contender,
  work: Work,
  nodes: number,
  run: number,
  refused: () => number,
): Promise<Row | undefined> {
  await contender.configure(work === "one-more" ? nodes + 1 : nodes);
  const command = contender.command(work);
  if (command === undefined) return undefined;
  const before = { requests: requestsSoFar(), refused: refused() };
  const measurement = await measure(command.program, command.args, {
    ...command.options,
    cancelSignal: interruption.signal,
    // The engine and its plugins end in order when they are told to.
    forceKillAfterDelay: 30_000,
  }).catch((error: unknown) => {
    interruption.signal.throwIfAborted();
    const said = error instanceof ExecaError ? `\n${String(error.stdout)}\n${String(error.stderr)}`.slice(-2000) : "";
    throw new Error(`${work} by ${contender.name} failed: ${String(error).split("\n")[0] ?? ""}${said}`, {
      cause: error,
    });
  });
  interruption.signal.throwIfAborted();
  const measured = { ...measurement, requests: requestsSoFar() - before.requests, refused: refused() - before.refused };
  console.log(`${String(nodes)} nodes, run ${String(run)}: ${work} by ${contender.name}: ${figures(measured)}`);
  return { nodes, work, contender: contender.name, ...measured };
}

async function main(): Promise<void> {
  let options: BenchOptions;
  try {
    options = benchOptions(process.argv.slice(2));
  } catch (error) {
    fail(usage)(error);
    return;
  }
  await bench(options);
}

main().catch(
  fail("Run it again when nothing else computes on this machine: what it made is removed. What counts are the ratios."),
);
