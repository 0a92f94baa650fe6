import { ensureEngine, type Engine } from "../../lab/engine/engine.ts";
import { checkCapacity } from "../../lab/lib/host.ts";
import { startPretendedCloud } from "../../lab/lib/pretended.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { Stages } from "../../lab/lib/stages.ts";
import { CloudClient } from "../../lab/openstack/client.ts";
import type { Cloud } from "../../lab/openstack/cloud.ts";

/** The real engine and a boxed OpenStack with pretended machines. */
export interface PretendedLab {
  readonly engine: Engine;
  readonly cloud: Cloud;
}

/**
 * The engine, and the cloud with pretended machines that tests share.
 * @param project of the caller's own, since files of tests run beside each other and count what theirs is left with
 */
export async function startPretendedLab(project: string): Promise<PretendedLab> {
  checkCapacity();
  const stages = new Stages();
  const engine = await stages.run("engine", ensureEngine);
  const cloud = await stages.run("OpenStack", (report) => startPretendedCloud("test", report));
  return { engine, cloud: { ...cloud, environment: await cloud.project(project) } };
}

/** A configuration that makes machines only: pretended ones never become nodes. */
export async function machinesOnly(stack: LabStack, cloud: Cloud): Promise<Record<string, unknown>> {
  return {
    image: "pretended",
    flavor: "lab.master",
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

/** The changes of a preview, without what stays the same and what is only looked at. */
export async function previewChanges(stack: LabStack, ...args: readonly string[]): Promise<readonly Step[]> {
  const preview = JSON.parse(await stack.run(["preview", "--json", ...args])) as { steps?: readonly Step[] };
  return (preview.steps ?? []).filter(({ op }) => op !== "same" && op !== "refresh");
}

/** Everything a project can be left with: the service that has it, and where it lists what a user may see. */
const kinds = {
  servers: ["compute", "/servers"],
  ports: ["network", "/v2.0/ports"],
  volumes: ["volumev3", "/volumes"],
  networks: ["network", "/v2.0/networks?router:external=false"],
  routers: ["network", "/v2.0/routers"],
  floatingips: ["network", "/v2.0/floatingips"],
  security_groups: ["network", "/v2.0/security-groups"],
  keypairs: ["compute", "/os-keypairs"],
} as const;

/** A thing in a listing; key pairs are wrapped once more, and floating addresses have no name. */
interface Listed {
  readonly name?: string;
  readonly description?: string;
  readonly keypair?: { readonly name: string };
}

/** What a project holds by kind, by name, as its own user sees it; ports that Neutron makes for itself have none. */
export async function namesInProject(cloud: Pick<Cloud, "environment">): Promise<Record<string, string[]>> {
  const client = new CloudClient(cloud.environment);
  await client.projectId();
  const names = Object.entries(kinds).map(async ([kind, [service, path]]) => {
    const listing = await client.call<Record<string, Listed[]>>(service, path);
    const all = (listing[kind] ?? []).map(
      ({ name, description, keypair }) => name ?? keypair?.name ?? description ?? "",
    );
    return [kind, all.toSorted()] as const;
  });
  return Object.fromEntries(await Promise.all(names));
}

/** What a project holds, counted by kind. */
export async function leftInProject(cloud: Pick<Cloud, "environment">): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await namesInProject(cloud)).map(([kind, names]) => [kind, names.length]));
}

/** What `pulumi` prints, whether or not it fails. */
export async function attempt(
  stack: LabStack,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly failed: boolean; readonly text: string }> {
  return stack.run(args, { env }).then(
    (text) => ({ failed: false, text }),
    (error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return { failed: true, text: `${stdout}\n${stderr}` };
    },
  );
}

/** What `pulumi` prints when it fails. @throws Error when it does not fail. */
export async function refusal(stack: LabStack, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { failed, text } = await attempt(stack, args, env);
  if (!failed) throw new Error(`pulumi ${args.join(" ")} succeeded`);
  return text;
}

/** The OpenStack client, as the project's own user. */
export interface OpenStackClient {
  /** @throws Error when the client fails */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** The same, its answer read from JSON. */
  readonly read: (...args: readonly string[]) => Promise<unknown>;
}

/** What does to a project what its owner may do beside Pulumi. */
export function openstackClient(cloud: Cloud): OpenStackClient {
  const run: OpenStackClient["run"] = (...args) =>
    cloud.exec(["openstack", ...args], { environment: cloud.environment });
  return { run, read: async (...args) => JSON.parse(await run(...args, "-f", "json")) as unknown };
}
