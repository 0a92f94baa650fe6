import { BareMachines } from "./bench/bare-machines.ts";
import { clusterStack } from "./lib/cluster-stack.ts";
import { fail } from "./lib/fail.ts";
import { prepareParts, startMachineCloud } from "./lib/prepare.ts";
import { Stages } from "./lib/stages.ts";
import { CloudClient } from "./openstack/client.ts";
import { findCloud, stopCloud } from "./openstack/cloud.ts";

/** Outputs of the program that tell how long its phases took, seconds since it began. */
interface Outputs {
  readonly phases: Readonly<Record<string, number>>;
}

/**
 * `npm run bench:ready`: how long `pulumi up` takes until the cluster works, with its phases, and how long machines of the same image and size
 * need to boot alone, on the same cloud one after the other.
 */
async function ready(): Promise<void> {
  if (findCloud("lab") !== undefined) throw new Error("a lab runs, and its machines compute: `npm stop` first");
  const stages = new Stages();
  const parts = await prepareParts(stages);
  const end = (): Promise<void> => stopCloud("lab", () => undefined);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      console.error(`\n${signal}: removing the cloud`);
      void end().then(() => process.exit(1));
    });
  }
  try {
    const cloud = await startMachineCloud(parts, stages);
    const machines = new BareMachines(new CloudClient(cloud.environment));
    const bare = await stages.run("bare machines", (report) => machines.time(["lab.master", "lab.node"], report));
    const stack = await clusterStack(parts, cloud);
    const begin = Date.now();
    await stages.run("pulumi up", () =>
      stack.run(["up", "--yes", "--skip-preview", "--suppress-outputs"], { show: true }),
    );
    const up = (Date.now() - begin) / 1000;
    const { phases } = await stack.outputs<Outputs>();
    const row = (name: string, seconds: number): string =>
      `| ${name} | ${seconds.toFixed(0)} | ${(seconds / bare).toFixed(2)} |`;
    console.log(
      [
        "\n| from the beginning of each | seconds | × bare |\n| --- | --- | --- |",
        row("bare machines, master's and node's size: cloud-init is done", bare),
        ...Object.entries(phases).map(([phase, seconds]) => row(`up, phase ${phase}`, seconds)),
        row("up ends: nodes Ready, add-ons rolled out, cluster DNS answers", up),
      ].join("\n"),
    );
  } finally {
    await end();
  }
}

ready().catch(fail("Run it again when nothing else computes on this machine."));
