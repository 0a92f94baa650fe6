import { ensureEngine, type Engine } from "../../lab/engine/engine.ts";
import { checkCapacity } from "../../lab/lib/host.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { Stages } from "../../lab/lib/stages.ts";
import { startCloud, type Cloud } from "../../lab/openstack/cloud.ts";

/** The real engine and a boxed OpenStack with pretended machines. */
export interface PretendedLab {
  readonly engine: Engine;
  readonly cloud: Cloud;
}

/** Starts a cloud whose machines are Nova's pretended ones: the whole API is real, no machine boots. */
export async function startPretendedLab(): Promise<PretendedLab> {
  checkCapacity();
  const stages = new Stages();
  const engine = await stages.run("engine", ensureEngine);
  const cloud = await stages.run("OpenStack", (report) =>
    startCloud({ instance: "test", driver: "pretended" }, report),
  );
  return { engine, cloud };
}

/** A configuration that makes machines only: pretended ones never become nodes. */
export async function machinesOnly(stack: LabStack, cloud: Cloud): Promise<Record<string, unknown>> {
  return {
    image: "pretended",
    flavor: "lab.pretended",
    nodes: 1,
    access: "floatingIp",
    externalNetwork: cloud.externalNetwork,
    adminCidrs: [cloud.addresses.linkCidr],
    sshPublicKey: await stack.sshPublicKey(),
    etcdVolume: { enabled: true, sizeGiB: 1 },
    readinessTimeoutMinutes: 0,
    protectData: false,
  };
}

/** One planned change as `pulumi preview --json` tells it. */
export interface Step {
  readonly op: string;
  readonly urn: string;
}

/** The changes of a preview, without what stays the same. */
export async function previewChanges(stack: LabStack): Promise<readonly Step[]> {
  const preview = JSON.parse(await stack.run(["preview", "--json"])) as { steps?: readonly Step[] };
  return (preview.steps ?? []).filter((step) => step.op !== "same");
}

/** Everything a project can be left with, counted by kind, as its own user sees it. */
export async function leftInProject(cloud: Cloud): Promise<Record<string, number>> {
  const commands: Record<string, readonly string[]> = {
    servers: ["server", "list"],
    ports: ["port", "list"],
    volumes: ["volume", "list"],
    networks: ["network", "list", "--internal"],
    routers: ["router", "list"],
    "floating addresses": ["floating", "ip", "list"],
    "security groups": ["security", "group", "list"],
    "key pairs": ["keypair", "list"],
  };
  const counts: Record<string, number> = {};
  for (const [kind, command] of Object.entries(commands)) {
    const listing = await cloud.exec(["openstack", ...command, "-f", "json"], {
      environment: cloud.environment,
    });
    counts[kind] = (JSON.parse(listing) as unknown[]).length;
  }
  return counts;
}

/** What `pulumi` prints when it fails. @throws Error when it does not fail. */
export async function refusal(stack: LabStack, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const error: unknown = await stack.run(args, { env }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error(`pulumi ${args.join(" ")} succeeded`);
  const { stdout, stderr } = error as { stdout: string; stderr: string };
  return `${stdout}\n${stderr}`;
}
