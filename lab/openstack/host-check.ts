import * as fs from "node:fs";
import type { Driver } from "./programs.ts";

const gibibyte = 2 ** 30;
const needs = { disk: 15, memory: { qemu: 10, pretended: 6 } } as const;

/** @throws Error when the machine has too little free disk below `directory`, or too little memory, for a cloud. */
export function checkHostCapacity(directory: string, driver: Driver): void {
  const { bavail, bsize } = fs.statfsSync(directory);
  const disk = (bavail * bsize) / gibibyte;
  if (disk < needs.disk) {
    throw new Error(
      `the lab's cloud needs ${needs.disk} GiB of free disk at ${directory}, and there are ${disk.toFixed(1)}: ` +
        "free some, or set KOVHERNETES_LAB_STATE to a directory elsewhere",
    );
  }
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(fs.readFileSync("/proc/meminfo", "utf8"));
  const memory = (Number(available?.[1] ?? 0) * 1024) / gibibyte;
  if (memory < needs.memory[driver]) {
    throw new Error(
      `the lab's cloud needs ${needs.memory[driver]} GiB of available memory, and there are ${memory.toFixed(1)}: ` +
        "end other programs, or other clouds of the lab",
    );
  }
}
