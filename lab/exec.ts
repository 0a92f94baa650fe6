import { execa } from "execa";
import { ensureEngine } from "./engine/engine.ts";
import { fail } from "./lib/fail.ts";
import { LabStack } from "./lib/stack.ts";
import { findCloud } from "./openstack/cloud.ts";

/** `npm run lab -- COMMAND`: any command with the environment of the stack `lab`: engine, backend, passphrase, credentials of the cloud. */
async function main(): Promise<void> {
  const [program, ...args] = process.argv.slice(2);
  if (program === undefined) throw new Error("no command is given");
  const cloud = findCloud("lab");
  if (cloud === undefined) throw new Error("no lab runs");
  const { environment } = new LabStack("lab", await ensureEngine(() => undefined), cloud);
  // An interruption is for the command, which then ends in order.
  process.on("SIGINT", () => undefined);
  const { exitCode, code } = await execa(program, args, { env: environment, stdio: "inherit", reject: false });
  if (code === "ENOENT") throw new Error(`there is no program ${program}`);
  process.exitCode = exitCode ?? 1;
}

main().catch(fail("`npm start` makes the lab's cluster, and ends with the commands that there are for it."));
