import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Addresses } from "./addresses.ts";
import type { Environment } from "./client.ts";
import { createNetwork, namespaceProcesses, removeNetwork } from "./network.ts";

/** A directory of the host, shown read-only inside the cloud's root file system. */
export interface Bind {
  readonly source: string;
  /** Absolute path inside the cloud; created when absent. */
  readonly target: string;
}

/** What it takes to start a cloud's namespaces with supervisord as their first process. */
export interface ContainerSpecification {
  readonly addresses: Addresses;
  /** Takes `upper` (all that the cloud writes) and the first process's log. */
  readonly directory: string;
  /** Read-only layers of the root file system, topmost first. */
  readonly lowers: readonly string[];
  readonly binds: readonly Bind[];
}

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** The first process of a running container, told apart from later ones with the same identifier. */
export interface Init {
  readonly pid: number;
  /** Start time in clock ticks since boot, and the boot it counts from. */
  readonly startTime: string;
  readonly bootId: string;
}

/** Starts the container; what `directory/upper` holds already lies over the lower layers. */
export async function startContainer(specification: ContainerSpecification): Promise<Init> {
  const { addresses, directory, lowers, binds } = specification;
  for (const folder of ["upper", "work", "merged"]) fs.mkdirSync(path.join(directory, folder), { recursive: true });
  await createNetwork(addresses);
  const logFile = path.join(directory, "container.log");
  const log = fs.openSync(logFile, "a");
  const command = [
    `--net=/run/netns/${addresses.namespace}`,
    ...["unshare", "--mount", "--propagation", "private", "--pid", "--uts", "--ipc", "--fork", "--kill-child"],
    ...[path.join(import.meta.dirname, "enter.sh"), directory, lowers.join(":")],
    ...binds.flatMap(({ source, target }) => [source, target]),
  ];
  const child = spawn("nsenter", command, { detached: true, stdio: ["ignore", log, log] });
  fs.closeSync(log);
  child.unref();
  for (let attempt = 0; attempt < 300; attempt++) {
    const init = child.pid === undefined ? undefined : firstChild(child.pid);
    if (init !== undefined && commandLine(init).includes("supervisord")) return describe(init);
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  const tail = fs.readFileSync(logFile, "utf8").split("\n").slice(-8).join("\n  ");
  await stopContainer(addresses);
  throw new Error(`the cloud's root file system cannot be entered:\n  ${tail}\nFull log: ${logFile}`);
}

/** Ends every process of the container and removes its network; does nothing where there is none. */
export async function stopContainer(addresses: Addresses): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    const processes = await namespaceProcesses(addresses);
    if (processes.length === 0) break;
    if (attempt === 149) throw new Error(`processes of the cloud do not end: ${processes.join(" ")}`);
    // The end of the first process is the end of all; a signal to one that has just gone is no error.
    for (const pid of processes) signal(pid);
    await sleep(200);
  }
  await removeNetwork(addresses);
}

/** Whether the process described is still the one that runs. */
export function isRunning(init: Init): boolean {
  try {
    const now = describe(init.pid);
    return now.startTime === init.startTime && now.bootId === init.bootId;
  } catch {
    return false;
  }
}

/** Command line that runs `command` in the container's namespaces with a clean environment. */
export function enterCommand(init: Init, command: readonly string[], environment: Environment = {}): CommandLine {
  const variables = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    PYTHONWARNINGS: "ignore",
    ...environment,
  };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const namespaces = ["-t", String(init.pid), "-m", "-p", "-n", "-u", "-i", "-r", "-w"];
  return ["env", "-i", ...assignments, "nsenter", ...namespaces, ...command];
}

function describe(pid: number): Init {
  // Field 22; the name in field 2 may hold blanks and ends at the last parenthesis.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const bootId = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return { pid, startTime: fields[19] ?? "", bootId };
}

function firstChild(pid: number): number | undefined {
  const children = readProcess(`/proc/${pid}/task/${pid}/children`).trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}

function commandLine(pid: number): string {
  return readProcess(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function readProcess(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
