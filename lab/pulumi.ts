import { clusterStack } from "./lib/cluster-stack.ts";
import { fail } from "./lib/fail.ts";
import { prepareParts, startMachineCloud } from "./lib/prepare.ts";
import { Stages } from "./lib/stages.ts";

/** `npm run pulumi -- ARGUMENTS`: the engine on the stack `lab`, with everything it needs in the environment. */
async function main(): Promise<void> {
  const stages = new Stages();
  const parts = await prepareParts(stages);
  const stack = await clusterStack(parts, await startMachineCloud(parts, stages));
  await stack.run(process.argv.slice(2), { show: true });
}

main().catch(fail("See `npm run pulumi -- --help`."));
