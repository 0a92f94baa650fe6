import * as path from "node:path";
import { ensureEngine } from "./engine/engine.ts";
import { fail } from "./lib/fail.ts";
import { measure, type Measurement } from "./lib/measure.ts";
import { repositoryRoot } from "./lib/paths.ts";
import { LabStack } from "./lib/stack.ts";
import { Stages } from "./lib/stages.ts";
import { startCloud, stopCloud } from "./openstack/cloud.ts";

const runs = 3;

/** `npm run bench`: time and memory of a preview from nothing, for this program and for a bare loop of the same resources. */
async function bench(): Promise<void> {
  const stages = new Stages();
  const engine = await stages.run("engine", ensureEngine);
  const cloud = await stages.run("OpenStack", (report) =>
    startCloud({ instance: "test", driver: "pretended" }, report),
  );
  try {
    await cloud.ensureImage({ name: "pretended", disk: "/dev/null", diskFormat: "raw" }, () => undefined);
    const stack = new LabStack("bench", engine, cloud);
    const networks = JSON.parse(
      await cloud.exec(["openstack", "network", "list", "--external", "-f", "json"], {
        environment: cloud.environment,
      }),
    ) as { ID: string }[];
    const bareEnvironment = {
      EXTERNAL_NETWORK_ID: networks[0]?.ID ?? "",
      SSH_PUBLIC_KEY: await stack.sshPublicKey(),
    };
    const bareDirectory = path.join(repositoryRoot, "lab/bench/bare-loop");
    const bareStack = new LabStack("bench-bare", engine, cloud, bareDirectory);
    await bareStack.configure({});
    const rows: string[] = [];
    for (const nodes of [3, 200]) {
      await stack.configure({
        image: "pretended",
        flavor: "lab.master",
        nodes,
        hostCidr: "192.168.0.0/22",
        access: "floatingIp",
        externalNetwork: cloud.externalNetwork,
        adminCidrs: [cloud.addresses.linkCidr],
        sshPublicKey: bareEnvironment.SSH_PUBLIC_KEY,
        readinessTimeoutMinutes: 0,
        protectData: false,
      });
      const program = await repeated(() => preview(stack, {}));
      const bare = await repeated(() => preview(bareStack, { ...bareEnvironment, NODES: String(nodes) }));
      rows.push(
        `${String(nodes).padStart(5)} | ${figures(program)} | ${figures(bare)} | ${(program.seconds / bare.seconds).toFixed(2)}`,
      );
      console.log(rows.at(-1));
    }
    console.log(
      `\nnodes | program: median s, peak MiB | bare loop: median s, peak MiB | ratio of times\n${rows.join("\n")}`,
    );
  } finally {
    await stopCloud("test", () => undefined);
  }
}

function figures({ seconds, peakMemory }: Measurement): string {
  return `${seconds.toFixed(1)} s, ${String(peakMemory)} MiB`;
}

async function preview(stack: LabStack, env: Record<string, string>): Promise<Measurement> {
  const { program, args, options } = stack.command(["preview"], env);
  return measure(program, args, options);
}

/** The run with the median time. */
async function repeated(work: () => Promise<Measurement>): Promise<Measurement> {
  const all: Measurement[] = [];
  for (let run = 0; run < runs; run++) all.push(await work());
  const median = all.sort((a, b) => a.seconds - b.seconds)[Math.floor(runs / 2)];
  if (median === undefined) throw new Error("nothing was measured");
  return median;
}

bench().catch(fail("Run it again when nothing else computes on this machine."));
