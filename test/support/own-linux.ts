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
  const init = path.join(directory, "init");
  fs.writeFileSync(init, initScript([script, ...args], output), { mode: 0o755 });
  // It prints what its kernel has to say; the script's own words are in a file.
  await execa(
    "linux.uml",
    ["mem=512M", "rootfstype=hostfs", "rootflags=/", "rw", `init=${init}`, "con=null", "con0=null,fd:1"],
    { stdin: "ignore", timeout: 5 * 60_000, reject: false },
  );
  return fs.readFileSync(output, "utf8");
}

/** What that Linux runs as its first program. Loop devices are a module of it, and this machine may have no program that loads one. */
function initScript(command: readonly string[], output: string): string {
  return `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
python3 - <<'END'
import ctypes, os
module = f"/usr/lib/uml/modules/{os.uname().release}/kernel/drivers/block/loop.ko"
ctypes.CDLL(None).syscall(313, os.open(module, os.O_RDONLY), b"", 0)  # finit_module of x86-64
END
bash ${command.join(" ")} >${output} 2>&1
echo o >/proc/sysrq-trigger
sleep 60
`;
}
