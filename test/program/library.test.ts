import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabStack } from "../../lab/lib/stack.ts";
import { examplePrograms, examplesDirectory } from "../support/example-program.ts";
import { PackedLibrary } from "./packed.ts";
import {
  leftInProject,
  machinesOnly,
  openstackClient,
  previewChanges,
  refusal,
  startPretendedLab,
  type PretendedLab,
} from "./support.ts";

let lab: PretendedLab;
const library = new PackedLibrary();
let removeNetwork: () => Promise<unknown> = () => Promise.resolve();

beforeAll(async () => {
  lab = await startPretendedLab("library");
  await library.install(path.join(examplesDirectory, "workload"));
  const openstack = openstackClient(lab.cloud);
  await openstack.run("network", "create", "example");
  await openstack.run(
    ...["subnet", "create", "example", "--network", "example", "--subnet-range", "192.168.7.0/24"],
    ...["--allocation-pool", "start=192.168.7.2,end=192.168.7.9"],
  );
  removeNetwork = () => openstack.run("network", "delete", "example");
});

afterAll(async () => {
  library.remove();
  await removeNetwork();
});

describe("the library, packed and installed in another project", () => {
  it("has types for editors, without any, and everything that goes to machines", () => {
    const declarations = [...library.files(".d.ts")];
    expect(declarations.length).toBeGreaterThan(50);
    const withoutComments = (text: string) => text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    const untyped = declarations.filter(([, text]) => /\bany\b/.test(withoutComments(text))).map(([name]) => name);
    expect(untyped).toEqual([]);
    expect([...library.files(".sh").keys()]).toContain(path.join("dist", "cloudinit", "files", "fetch.sh"));
  });

  it.each(examplePrograms)("type-checks example %s", async (name) => {
    const folder = library.copy(path.join(examplesDirectory, name));
    await execa("tsc", ["--project", folder], { preferLocal: true });
  });

  /** What each example is told beside what all are, its cluster's name, and its machines. */
  const examples: Readonly<Record<string, readonly [cluster: string, machines: readonly string[], settings?: object]>> =
    {
      minimal: ["minimal", ["default-0", "master-0"]],
      workload: ["workload", ["default-0", "master-0"]],
      "existing-network": ["inside", ["default-0", "master-0"], { network: "example", externalNetwork: undefined }],
      // The test cloud has one zone.
      "two-zones": ["zones", ["master-0", "zone-0-0", "zone-0-1", "zone-1-0", "zone-1-1"], { zones: ["nova", "nova"] }],
    };

  it("is shown by all the examples there are", () => {
    expect(Object.keys(examples).sort()).toEqual(examplePrograms);
  });

  it.each(Object.entries(examples))("previews example %s on a real cloud", async (name, [cluster, machines, own]) => {
    const stack = new LabStack(name, lab.engine, lab.cloud, path.join(library.directory, name));
    const { image, flavor, externalNetwork, adminCidrs, sshPublicKey } = await machinesOnly(stack, lab.cloud);
    await stack.configure({ image, flavor, externalNetwork, adminCidrs, sshPublicKey, ...own });
    const changes = await previewChanges(stack);
    const servers = changes.filter(({ urn }) => urn.includes("compute/instance:Instance::"));
    expect(servers.map(({ op, urn }) => [op, urn.split("::").pop()]).sort()).toEqual(
      machines.map((machine) => ["create", `${cluster}-${machine}`]),
    );
    const made = changes.filter(({ op, urn }) => op === "create" && urn.includes("networking/network:Network::"));
    expect(made).toHaveLength(name === "existing-network" ? 0 : 1);
    const workloads = changes.filter(({ urn }) => urn.endsWith("::web")).map(({ op }) => op);
    expect(workloads).toEqual(name === "workload" ? ["create", "create"] : []);
    stack.forget();
  });
});

describe("two clusters in one stack", () => {
  let stack: LabStack;
  let before: Record<string, number>;
  let settings: Record<string, unknown>;

  beforeAll(async () => {
    before = await leftInProject(lab.cloud);
    const program = library.copy(path.join(__dirname, "two-clusters"));
    stack = new LabStack("two-clusters", lab.engine, lab.cloud, program);
    settings = await machinesOnly(stack, lab.cloud);
    await stack.configure({ settings });
  });

  afterAll(() => {
    stack.forget();
  });

  it("are made, and previewed without a change", async () => {
    await stack.run(["up", "--yes", "--skip-preview"]);
    const { one, two } = await stack.outputs<Record<"one" | "two", { name: string; address: string }[]>>();
    expect(one.map(({ name }) => name)).toEqual(["one-master-0", "one-default-0"]);
    expect(two.map(({ name, address }) => [name, address])).toEqual([["two-master-0", "192.168.9.10"]]);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("do not take each other's machines for their own: one grows alone, and none is said to go", async () => {
    await stack.configure({ settings: { ...settings, nodes: 2 } });
    const changes = await previewChanges(stack);
    expect(changes.map(({ op }) => op)).not.toContain("delete");
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.every(({ urn }) => /one-default-1\b/.test(urn.split("::").pop() ?? ""))).toBe(true);
    expect(await stack.run(["preview"])).not.toContain("Removed for good");
  });

  it("are refused by the names that the program gave", async () => {
    await stack.configure({ settings: { ...settings, flavor: "no-such-flavor", image: "no-such-image" } });
    const text = await refusal(stack, ["preview"]);
    expect(text).toContain("The configuration of cluster one has 2 problems");
    expect(text).toMatch(/^\s*flavor$/m);
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });

  it("leave nothing behind", async () => {
    await stack.configure({ settings });
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await leftInProject(lab.cloud)).toEqual(before);
  });
});
