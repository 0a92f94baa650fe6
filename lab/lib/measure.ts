import * as fs from "node:fs";
import { execa, type Options } from "execa";

/** What a command took: seconds on the clock, and the highest sum of resident memory of it and all its descendants, MiB. */
export interface Measurement {
  readonly seconds: number;
  readonly peakMemory: number;
}

/** Runs a command to its end and measures it. @throws ExecaError when it fails. */
export async function measure(program: string, args: readonly string[], options: Options): Promise<Measurement> {
  const start = process.hrtime.bigint();
  const child = execa(program, args, { ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let peak = 0;
  const sampler = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, residentMemory(child.pid));
  }, 100);
  try {
    await child;
  } finally {
    clearInterval(sampler);
  }
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, peakMemory: Math.round(peak / 1024) };
}

/** Resident memory of a process and its descendants, KiB; one that ends while it is looked at counts as nothing. */
function residentMemory(pid: number): number {
  try {
    const status = fs.readFileSync(`/proc/${String(pid)}/status`, "utf8");
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const threads = fs.readdirSync(`/proc/${String(pid)}/task`);
    const children = threads.flatMap((thread) =>
      fs
        .readFileSync(`/proc/${String(pid)}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
    return children.reduce((sum, childPid) => sum + residentMemory(childPid), own);
  } catch {
    return 0;
  }
}
