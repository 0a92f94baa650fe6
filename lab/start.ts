import * as path from "node:path";
import { clusterStack, saveKubeconfig } from "./lib/cluster-stack.ts";
import { fail } from "./lib/fail.ts";
import { prepareParts, startMachineCloud } from "./lib/prepare.ts";
import { capture } from "./lib/process.ts";
import { Stages } from "./lib/stages.ts";

/** `npm start`: a Kubernetes cluster of one master and one node on an OpenStack in a box. */
async function start(): Promise<void> {
  const stages = new Stages();
  const parts = await prepareParts(stages);
  const cloud = await startMachineCloud(parts, stages);
  const stack = await clusterStack(parts, cloud);
  await stages.run("pulumi up", () =>
    stack.run(["up", "--yes", "--skip-preview", "--suppress-outputs"], { show: true }),
  );
  const outputs = await saveKubeconfig(stack);
  const kubectl = path.join(parts.mirror.bin, "kubectl");
  const nodes = await capture(kubectl, ["--kubeconfig", stack.kubeconfigFile, "get", "nodes", "-o", "wide"]);
  const ssh = `-i ${stack.sshKeyFile} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no`;
  console.log(`
${nodes}

Stages
${stages.summary()}

Machines
${outputs.machines.map(({ name, role, address, publicAddress }) => `  ${name} (${role}): Ready, ${address}, reached at ${publicAddress ?? "its private address only"}`).join("\n")}

Certificates are valid until ${outputs.certificateExpiry} (the first to expire).

  kubectl:     export KUBECONFIG=${stack.kubeconfigFile}
               ${kubectl} get pods --all-namespaces
  SSH:         ${outputs.machines.map((machine) => machine.ssh.replace("ssh ", `ssh ${ssh} `)).join("\n               ")}
  pulumi:      npm run pulumi -- preview
  remove all:  npm stop`);
}

start().catch(fail("The lab is left as it is, so that the next `npm start` goes on from here; `npm stop` removes it."));
