import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { linuxAsAProgram } from "../../lab/host-packages.ts";
import { ensureHostPackages } from "../../lab/lib/host.ts";

/** CAP_SYS_RESOURCE of capabilities(7), without which no file system may be grown; containers often lack it, whoever is root there. */
const resourceRight = 1n << 24n;

/**
 * Runs a shell script as root with every right over its file systems: here where this machine has them, else in a Linux that runs as a program
 * (user-mode Linux) on the same root file system. What it mounts is gone afterwards.
 * @returns what it printed
 */
export async function runWithAllRights(directory: string, script: string, ...args: string[]): Promise<string> {
  const effective = /^CapEff:\s*(\w+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if ((BigInt(`0x${effective}`) & resourceRight) !== 0n) {
    return (await execa("unshare", ["--mount", "bash", script, ...args])).stdout;
  }
  await ensureHostPackages(console.log, linuxAsAProgram);
  const output = path.join(directory, "output");
  // It prints what its kernel has to say; the script's own words are in a file.
  await boot(directory, [...[script, ...args], `>${output}`, "2>&1"]);
  return fs.readFileSync(output, "utf8");
}

/**
 * Runs a shell script in a Linux of its own until the power goes: what its kernel had not yet written to a file of this machine is lost.
 * @param loss when the power goes: so many milliseconds after a line was printed; absent lets the script end
 * @returns the lines that it had printed, and its kernel's
 */
export async function runUntilPowerLoss(
  directory: string,
  loss: { readonly line: RegExp; readonly milliseconds: number } | undefined,
  script: string,
  ...args: string[]
): Promise<readonly string[]> {
  await ensureHostPackages(console.log, linuxAsAProgram);
  const machine = boot(directory, [script, ...args]);
  let printed = "";
  let isTime = false;
  machine.stdout.on("data", (text: Buffer) => {
    const had = isTime;
    printed += text.toString();
    isTime ||= loss !== undefined && printed.split(/\r?\n/).some((line) => loss.line.test(line));
    // All of its processes at once: a program of that Linux is a process here.
    if (isTime && !had) setTimeout(() => process.kill(-(machine.pid ?? NaN), "SIGKILL"), loss?.milliseconds);
  });
  await machine;
  return printed.split("\n").map((line) => line.trimEnd());
}

function boot(directory: string, command: readonly string[]) {
  const init = path.join(directory, "init");
  fs.writeFileSync(init, initScript(command), { mode: 0o755 });
  return execa(
    "linux.uml",
    ["mem=512M", "rootfstype=hostfs", "rootflags=/", "rw", `init=${init}`, "con=null", "con0=null,fd:1"],
    { stdin: "ignore", timeout: 5 * 60_000, reject: false, detached: true },
  );
}

/** What that Linux runs as its first program. Loop devices are a module of it, and this machine may have no program that loads one. */
function initScript(command: readonly string[]): string {
  return `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
python3 - <<'END'
import ctypes, os
module = f"/usr/lib/uml/modules/{os.uname().release}/kernel/drivers/block/loop.ko"
ctypes.CDLL(None).syscall(313, os.open(module, os.O_RDONLY), b"", 0)  # finit_module of x86-64
END
bash ${command.join(" ")}
echo o >/proc/sysrq-trigger
sleep 60
`;
}
