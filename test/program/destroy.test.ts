import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { leftInProject, machinesOnly, openstackClient, startPretendedLab, type PretendedLab } from "./support.ts";

interface State {
  readonly deployment: {
    readonly resources?: readonly { readonly urn: string; readonly type: string }[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

let lab: PretendedLab;
let stack: LabStack;
let before: Record<string, number>;
let withCluster: Record<string, number>;

/** `npm run destroy` as a user's machine runs it, with nobody at a terminal. */
function destroy(...options: readonly string[]) {
  const args = [
    path.join(repositoryRoot, "commands/destroy/main.ts"),
    "--stack",
    stack.name,
    "--config-file",
    stack.configFile,
  ];
  const settings = { cwd: repositoryRoot, env: stack.environment, reject: false, stdin: "ignore" } as const;
  return execa(process.execPath, [...args, ...options], settings);
}

const exportState = async (): Promise<State> => JSON.parse(await stack.run(["stack", "export"])) as State;

/** A kubeconfig of an API that nobody serves. */
const deadKubeconfig = JSON.stringify({
  ...{ apiVersion: "v1", kind: "Config", "current-context": "a" },
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
  clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:9" } }],
  users: [{ name: "a", user: {} }],
});

/** Puts into the state what pretended machines cannot have: an object in the cluster, and a port whose creation was interrupted. */
function addToState(): void {
  const file = path.join(stack.directory, "backend/.pulumi/stacks/kovhernetes/destroyed.json");
  const stored = JSON.parse(fs.readFileSync(file, "utf8")) as { checkpoint: { latest: State["deployment"] } };
  const { latest } = stored.checkpoint;
  const { resources = [] } = latest;
  const urnOf = (type: string): string => resources.find((resource) => resource.type === type)?.urn ?? "";
  const [cluster, root] = [urnOf("kovhernetes:index:Cluster"), urnOf("pulumi:pulumi:Stack")];
  const made = (types: string, name: string, id: string, inputs: object) => ({
    urn: `${root.split("::").slice(0, 2).join("::")}::${types}::${name}`,
    type: types.split("$").at(-1) ?? "",
    custom: true,
    parent: root,
    ...{ id, inputs, outputs: inputs },
  });
  const settings = { kubeconfig: deadKubeconfig, version: "4.34.2" };
  const provider = made("kovhernetes:index:Cluster$pulumi:providers:kubernetes", "inside", "1", settings);
  const metadata = { name: "settings", namespace: "default" };
  const object = made("kubernetes:core/v1:ConfigMap", "settings", "default/settings", {
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata },
  });
  const port = made("openstack:networking/port:Port", "interrupted", "", { name: "interrupted" });
  const added = [
    { ...provider, parent: cluster },
    { ...object, provider: `${provider.urn}::${provider.id}` },
  ];
  // `pulumi stack import` would leave the interrupted one out.
  stored.checkpoint.latest = {
    ...latest,
    resources: [...resources, ...added],
    pending_operations: [{ resource: port, type: "creating" }],
  };
  fs.writeFileSync(file, JSON.stringify(stored));
}

beforeAll(async () => {
  lab = await startPretendedLab("destroy");
  before = await leftInProject(lab.cloud);
  stack = new LabStack("destroyed", lab.engine, lab.cloud);
  await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), protectData: true });
  await stack.run(["up", "--yes", "--skip-preview"]);
  addToState();
  withCluster = await leftInProject(lab.cloud);
});

afterAll(() => {
  stack.forget();
});

describe("`npm run destroy`", () => {
  it("refuses protected data before anything is deleted, names it, and the command that deletes it", async () => {
    const state = await exportState();
    const { exitCode, stdout } = await destroy("--yes");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("volume destroyed-master-0-etcd");
    for (const authority of ["kubernetes", "etcd", "front-proxy"])
      expect(stdout).toMatch(new RegExp(`\\b${authority}\\S*-key$`, "m"));
    expect(stdout).toMatch(/npm run destroy -- --stack destroyed .*--delete-protected/);
    expect(await leftInProject(lab.cloud)).toEqual(withCluster);
    expect((await exportState()).deployment.resources).toEqual(state.deployment.resources);
  });

  it("deletes nothing when nobody said so", async () => {
    const { exitCode, stderr } = await destroy("--delete-protected");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("--yes has to be given")]);
    expect(stderr).toContain("2 servers: ");
    expect(await leftInProject(lab.cloud)).toEqual(withCluster);
  });

  it("removes a dead cluster in one go, and says what an interrupted update may have left", async () => {
    const openstack = openstackClient(lab.cloud);
    const { machines } = await stack.outputs<{ machines: { publicAddress: string }[] }>();
    await openstack.run("floating", "ip", "delete", machines[0]?.publicAddress ?? "");
    await openstack.run("server", "delete", "--wait", "destroyed-default-0");
    await openstack.run("server", "stop", "destroyed-master-0");
    const { exitCode, stdout, stderr } = await destroy("--delete-protected", "--yes");
    expect(stdout).toContain("An update was interrupted while it made what follows");
    expect(stdout).toContain("1 volume: destroyed-master-0-etcd");
    expect(stdout).toContain("1 object in the cluster");
    expect(stdout).toMatch(/^ {2}port interrupted$/m);
    // As the state cannot tell of it.
    expect(exitCode).toBe(1);
    // Progress, as it comes.
    expect(stderr).toMatch(/openstack:compute:Instance destroyed-master-0 deleted/);
    expect(`${stdout}${stderr}`).not.toContain("\u001b[");
    expect(await leftInProject(lab.cloud)).toEqual(before);
    expect((await exportState()).deployment.resources ?? []).toEqual([]);
  });

  it("ends well once Pulumi has forgotten the interrupted one", async () => {
    await stack.run(["refresh", "--clear-pending-creates", "--yes", "--skip-preview"]);
    const { exitCode, stdout } = await destroy("--yes");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Stack destroyed has no resources/)]);
  });
});
