import { parseArgs } from "node:util";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { runAsRoot } from "../verify/remote.ts";
import { runningCluster } from "./cluster.ts";
import { rotateKey } from "./rotate.ts";

const usage = `usage: npm run rotate -- --stack NAME [--ssh-option=OPTION]... [--cwd FOLDER]

Gives the Secrets of a running cluster a new encryption key: makes it on the master (over SSH, as root), encrypts every Secret anew and
removes the old key. The API answers all the while. When it is interrupted, the same command goes on where it stopped.

  --stack NAME            the Pulumi stack; its backend and passphrase are those of \`pulumi\` here
  --ssh-option=OPTION     for ssh, for instance --ssh-option=-iKEYFILE or --ssh-option=-oProxyJump=bastion
  --cwd FOLDER            where the project's and the stack's files are; here by default`;

const outputs = z.object({
  machines: z.array(z.object({ name: z.string(), role: z.enum(["master", "node"]), ssh: z.string() })),
  kubeconfig: z.string(),
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      "ssh-option": { type: "string", multiple: true, default: [] },
      cwd: { type: "string", default: process.cwd() },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.stack === undefined) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const stack = await LocalWorkspace.selectStack({ stackName: values.stack, workDir: values.cwd });
  const read = Object.fromEntries(
    Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown]),
  );
  const parsed = outputs.safeParse(read);
  const master = parsed.data?.machines.find(({ role }) => role === "master");
  if (parsed.data === undefined || master === undefined) {
    throw new Error(`stack ${values.stack} has no cluster: run \`pulumi up\` first`);
  }
  const access = { sshOptions: ["-oStrictHostKeyChecking=accept-new", ...values["ssh-option"]] };
  const cluster = runningCluster(parsed.data.kubeconfig, (script) => runAsRoot(master, script, access));
  const started = Date.now();
  const key = await rotateKey(cluster, (line) => {
    console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s] ${line}`);
  });
  console.log(
    `Every Secret in etcd is encrypted with ${key}, and no other key is left. Snapshots made before hold theirs.`,
  );
}

main().catch((error: unknown) => {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\nRun the same command again to go on.`);
  process.exitCode = 2;
});
