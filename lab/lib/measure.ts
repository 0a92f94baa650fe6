import * as fs from "node:fs";
import { execa, type Options } from "execa";

/** What a command took, it and all its descendants together. */
export interface Measurement {
  /** On the clock. */
  readonly seconds: number;
  /** Of all processors, in user and system mode: what others compute at the same time hardly changes it. */
  readonly cpuSeconds: number;
  /** The highest sum of resident memory, MiB. */
  readonly peakMemory: number;
}

const sampleMilliseconds = 50;
/** Clock ticks a second in /proc, the same on every Linux. */
const ticks = 100;

/** Runs a command to its end and measures it. @throws ExecaError when it fails, unless `options.reject` is false. */
export async function measure(program: string, args: readonly string[], options: Options): Promise<Measurement> {
  const start = process.hrtime.bigint();
  const child = execa(program, args, { ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let peak = 0;
  /** Of each process, what it had computed when it was last seen. */
  const computed = new Map<string, number>();
  const sampler = setInterval(() => {
    if (child.pid === undefined) return;
    const processes = family(child.pid);
    peak = Math.max(
      peak,
      processes.reduce((sum, { memory }) => sum + memory, 0),
    );
    for (const { identity, cpuTicks } of processes) computed.set(identity, cpuTicks);
  }, sampleMilliseconds);
  try {
    await child;
  } finally {
    clearInterval(sampler);
  }
  return {
    seconds: Number(process.hrtime.bigint() - start) / 1e9,
    cpuSeconds: [...computed.values()].reduce((sum, each) => sum + each, 0) / ticks,
    peakMemory: Math.round(peak / 1024),
  };
}

interface ProcessSample {
  /** Differs between two processes that had the same number. */
  readonly identity: string;
  /** Resident, KiB. */
  readonly memory: number;
  readonly cpuTicks: number;
}

/** A process and its descendants; one that ends while it is looked at is left out. */
function family(pid: number): ProcessSample[] {
  try {
    const status = fs.readFileSync(`/proc/${String(pid)}/status`, "utf8");
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The second field is the program's name in brackets, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own: ProcessSample = {
      identity: `${String(pid)} ${fields[19] ?? ""}`,
      memory: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      cpuTicks: Number(fields[11]) + Number(fields[12]),
    };
    const threads = fs.readdirSync(`/proc/${String(pid)}/task`);
    const children = threads.flatMap((thread) =>
      fs
        .readFileSync(`/proc/${String(pid)}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
    return [own, ...children.flatMap(family)];
  } catch {
    return [];
  }
}
