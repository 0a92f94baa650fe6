import * as fs from "node:fs";
import * as os from "node:os";
import { execa } from "execa";
import { hostPackages } from "../host-packages.ts";
import { cacheRoot, stateRoot } from "./paths.ts";
import { runLogged, type Report } from "./process.ts";

const gibibyte = 1024 ** 3;

/** What the lab needs at least, GiB: OpenStack 5.2 and guests 3, and room for builds; disk for caches, disks and the Go build cache. */
const needed = { memory: 11, disk: 25 } as const;

/** @throws Error naming what is too small, what there is, and what to do. */
export function checkCapacity(): void {
  const problems: string[] = [];
  if (process.getuid?.() !== 0) problems.push("the lab makes namespaces and mounts: run it as root");
  const memory = os.totalmem() / gibibyte;
  if (memory < needed.memory) {
    problems.push(`memory: ${memory.toFixed(1)} GiB, ${String(needed.memory)} GiB are needed: use a larger machine`);
  }
  for (const root of [cacheRoot, stateRoot]) {
    fs.mkdirSync(root, { recursive: true });
    const { bavail, bsize } = fs.statfsSync(root);
    const free = (bavail * bsize) / gibibyte;
    // What is cached already need not be made again; a tenth is what a run itself writes.
    const enough = fs.readdirSync(cacheRoot).length > 3 ? needed.disk / 2.5 : needed.disk;
    if (free < enough) {
      problems.push(
        `disk at ${root}: ${free.toFixed(1)} GiB free, ${String(enough)} GiB are needed: free some, or name another place ` +
          "in KOVHERNETES_LAB_CACHE and KOVHERNETES_LAB_STATE",
      );
    }
  }
  if (problems.length > 0) throw new Error(`This machine cannot run the lab:\n  ${problems.join("\n  ")}`);
}

/** Installs the packages of `host-packages.ts` that the host lacks, naming them first. @param packages those that everything needs by default */
export async function ensureHostPackages(report: Report, packages = hostPackages): Promise<void> {
  const missing: string[] = [];
  for (const { package: name } of packages) {
    const { stdout } = await execa("dpkg-query", ["-W", "-f=${db:Status-Status}", name], { reject: false });
    if (stdout !== "installed") missing.push(name);
  }
  if (missing.length === 0) return;
  report(`installing Debian packages on this host: ${missing.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runLogged({ command: ["apt-get", "update", "-q"], log: "host-packages", report, env });
  await runLogged({
    command: ["apt-get", "install", "-y", "-q", "--no-install-recommends", ...missing],
    log: "host-packages",
    report,
    env,
  });
}
