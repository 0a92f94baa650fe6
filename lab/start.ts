import * as path from "node:path";
import { closingWords } from "./lib/closing-words.ts";
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
  console.log(closingWords({ outputs, nodes, stages: stages.summary(), kubectl, stack }));
}

start().catch(fail("The lab is left as it is, so that the next `npm start` goes on from here; `npm stop` removes it."));
