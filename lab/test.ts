import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { fail } from "./lib/fail.ts";
import { ensureHostPackages } from "./lib/host.ts";
import { logRoot, repositoryRoot, stateRoot } from "./lib/paths.ts";
import { type Outcome, type Report, readOutcome } from "./lib/report.ts";
import { findCloud, stopCloud } from "./openstack/cloud.ts";

/** Outcome of one suite. */
interface Result extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

/** A suite of vitest's with the cloud that it starts, or a command that passes or fails as a whole. */
type Suite =
  | { readonly name: string; readonly vitest: string; readonly cloud?: string }
  | { readonly name: string; readonly command: readonly [string, ...string[]] };

/** What runs beside what: suites of one lane run after each other. */
type Lanes = readonly (readonly Suite[])[];

/** Each of these computes on one processor; the linter as long as all others. */
const checks: Lanes = [
  [
    { name: "format", command: ["prettier", "--check", "--log-level=warn", "."] },
    {
      name: "rooms",
      command: ["depcruise", "index.ts", "library.ts", "components", "cloudinit", "commands", "golden-image"],
    },
    { name: "types", command: ["tsc", "--project", "."] },
    { name: "lab types", command: ["tsc", "--project", "lab"] },
    { name: "shell", command: ["bash", "lab/shellcheck.sh"] },
  ],
  [{ name: "lint", command: ["eslint", "--max-warnings=0", "."] }],
];

const inMemory: readonly Suite[] = [
  { name: "unit", vitest: "unit" },
  { name: "components", vitest: "components" },
  { name: "lifecycle", vitest: "lifecycle-model" },
];

/**
 * These wait much of the time: for a cloud, for what happens once a minute, for a daemon to look again. What the engine suite measures is
 * processor time, with room for what others on the machine do to it.
 */
const thorough: Lanes = [
  [
    { name: "control plane", vitest: "control-plane" },
    { name: "user data", vitest: "userdata" },
    { name: "engine", vitest: "engine" },
  ],
  [{ name: "program", vitest: "program", cloud: "test" }],
];

/** Emulated machines compute all the time, even idle ones: whatever runs beside them only makes them last longer. */
const alone: readonly Suite[] = [{ name: "cluster", vitest: "cluster", cloud: "lab" }];

/** Memory for a cloud and a control plane at once, bytes. */
const enoughForTwo = 12 * 1024 ** 3;

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    console.error(`\n${signal}: ending the suite that runs, then removing what it started`);
    interruption.abort();
  });
}

/** `npm run check` runs the quick suites, `npm test` all of them; both end with one line of totals, and leave running only what ran before. */
async function main(): Promise<void> {
  const names = process.argv.slice(2);
  await ensureHostPackages(console.log);
  const results: Result[] = [];
  results.push(...(await runBesideEachOther(checks, 0)));
  results.push(...(await runLane(inMemory, "inherit")));
  if (!names.includes("--quick")) {
    results.push(...(await runBesideEachOther(thorough, enoughForTwo)));
    results.push(...(await runLane(alone, "inherit")));
  }
  // The end is what is kept of a long run.
  const failures = results.flatMap(({ name, failures }) => failures.map((failure) => `  ${name}: ${failure}`));
  if (failures.length > 0) console.log(`\nFailures\n${failures.join("\n")}`);
  console.log("\nSuites");
  for (const { name, passed, failed, seconds } of results) {
    console.log(`  ${name.padEnd(12)} ${String(passed)} passed, ${String(failed)} failed in ${seconds.toFixed(1)} s`);
  }
  const sum = (field: "passed" | "failed"): number => results.reduce((total, result) => total + result[field], 0);
  console.log(`\n${String(sum("passed"))} passed, ${String(sum("failed"))} failed`);
  if (sum("failed") > 0 || interruption.signal.aborted) process.exitCode = 1;
}

async function runLane(suites: readonly Suite[], output: Output): Promise<Result[]> {
  const results: Result[] = [];
  for (const suite of suites) results.push(await runSuite(suite, output));
  return results;
}

/** Runs lanes beside each other where there is memory for it; all but the last then show what they said at the end. */
async function runBesideEachOther(lanes: Lanes, memory: number): Promise<Result[]> {
  if (os.totalmem() < memory) return runLane(lanes.flat(), "inherit");
  fs.mkdirSync(logRoot, { recursive: true });
  const results = await Promise.all(
    lanes.map(async (suites, index) => {
      if (index === lanes.length - 1) return runLane(suites, "inherit");
      const ended: Result[] = [];
      for (const suite of suites) {
        const log = path.join(logRoot, `test-${suite.name}.log`);
        fs.rmSync(log, { force: true });
        console.log(`\n── ${suite.name}: beside the others; follow it with tail -f ${log} ──`);
        ended.push(await runSuite(suite, { file: log }));
        // One that was interrupted before it began has said nothing.
        if (fs.existsSync(log)) console.log(`\n── ${suite.name} ──\n${fs.readFileSync(log, "utf8")}`);
      }
      return ended;
    }),
  );
  return results.flat();
}

/** Where a suite's output goes. */
type Output = "inherit" | { readonly file: string };

async function runSuite(suite: Suite, output: Output): Promise<Result> {
  if (interruption.signal.aborted) {
    return { name: suite.name, passed: 0, failed: 0, seconds: 0, failures: [] };
  }
  if (output === "inherit") console.log(`\n── ${suite.name} ──`);
  const start = Date.now();
  const cloud = "vitest" in suite ? suite.cloud : undefined;
  const wasRunning = cloud !== undefined && findCloud(cloud) !== undefined;
  const counts = "vitest" in suite ? await runVitest(suite.vitest, output) : await runCommand(suite.command, output);
  // A suite removes what it started, unless it was ended before it could.
  if (cloud !== undefined && !wasRunning) await stopCloud(cloud, () => undefined);
  return { name: suite.name, ...counts, seconds: (Date.now() - start) / 1000 };
}

const suiteOptions = { cwd: repositoryRoot, reject: false, cancelSignal: interruption.signal } as const;

async function runCommand([program, ...args]: readonly [string, ...string[]], output: Output): Promise<Outcome> {
  const streams = { stdin: "inherit", stdout: output, stderr: output } as const;
  const { exitCode } = await execa(program, args, { ...suiteOptions, ...streams });
  return exitCode === 0
    ? { passed: 1, failed: 0, failures: [] }
    : { passed: 0, failed: 1, failures: [`\`${[program, ...args].join(" ")}\` failed`] };
}

/** A suite that ends without having run a test has failed: an empty success would hide a broken set-up. */
async function runVitest(project: string, output: Output): Promise<Outcome> {
  const report = path.join(stateRoot, `vitest-${project}.json`);
  fs.mkdirSync(stateRoot, { recursive: true });
  fs.rmSync(report, { force: true });
  const { exitCode } = await execa(
    "vitest",
    ["run", "--project", project, "--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`],
    { ...suiteOptions, stdin: "ignore", stdout: output, stderr: output },
  );
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, failures: ["ended without a report"] };
  return readOutcome(JSON.parse(fs.readFileSync(report, "utf8")) as Report, exitCode);
}

main().catch(fail("Run one suite alone with `npx vitest run --project NAME`."));
