import { accessOf, runCommand, sshOptions, sshUsage, stackUsage } from "../shared/command.ts";
import { runAsRoot } from "../shared/remote.ts";
import { readOutputs } from "../shared/stack.ts";
import { runningCluster } from "./cluster.ts";
import { rotateKey } from "./rotate.ts";

const usage = `usage: npm run rotate -- --stack NAME [OPTION]...

Gives the Secrets of a running cluster a new encryption key: makes it on the master (over SSH, as root), encrypts every Secret anew and
removes the old key. The API answers all the while. When it is interrupted, the same command goes on where it stopped.

${stackUsage}
${sshUsage}`;

await runCommand(usage, sshOptions, async (location, values) => {
  const { machines, kubeconfig } = await readOutputs(location);
  const master = machines.find(({ role }) => role === "master");
  if (master === undefined) throw new Error("the stack's output `machines` has no master");
  const access = accessOf(values);
  const cluster = runningCluster(kubeconfig, (script) => runAsRoot(master, script, access));
  const started = Date.now();
  try {
    const key = await rotateKey(cluster, (line) => {
      console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s] ${line}`);
    });
    console.log(
      `Every Secret in etcd is encrypted with ${key}, and no other key is left. Snapshots made before hold theirs.`,
    );
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\n\nRun the same command again to go on.`, { cause: error });
  }
});
