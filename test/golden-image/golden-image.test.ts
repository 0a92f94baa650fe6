import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterConfiguration, clusterStack, saveKubeconfig } from "../../lab/lib/cluster-stack.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { guestImageName, prepareParts, startMachineCloud, type Parts } from "../../lab/lib/prepare.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { Stages } from "../../lab/lib/stages.ts";
import { findCloud, stopCloud, type Cloud } from "../../lab/openstack/cloud.ts";

interface Outputs {
  readonly image: string;
  readonly prepared: string;
  readonly sizeMiB: number;
  readonly releaseFiles: readonly string[];
}

type Phases = Readonly<Record<"machines" | "api" | "nodes" | "cluster", number>>;

/** An image that is prepared on the lab's cloud, and two clusters one after the other: one of the plain image, one of this. */
describe("a golden image on real machines", () => {
  let parts: Parts;
  let cloud: Cloud;
  let golden: LabStack;
  let cluster: LabStack;
  let outputs: Outputs;
  let plain: { readonly said: string; readonly phases: Phases; readonly pulls: readonly string[] };

  /** A new cluster of an image: what it said, its times, and its machines' consoles. */
  const up = async (image: string) => {
    cluster = await clusterStack(parts, cloud, { image });
    const said = await cluster.run(["up", "--yes", "--skip-preview"], { show: true });
    await saveKubeconfig(cluster);
    const { phases } = await cluster.outputs<{ phases: Phases }>();
    return { said, phases, consoles: await consoles(), pulls: await pulls() };
  };

  const openstack = (...args: string[]): Promise<string> =>
    cloud.exec(["openstack", ...args], { environment: cloud.environment, timeout: 60 });

  const consoles = async (): Promise<string> => {
    const logs = ["lab-master-0", "lab-default-0"].map((name) => openstack("console", "log", "show", name));
    return (await Promise.all(logs)).join("\n");
  };

  /** What kubelets said of the images of the pods that they started. */
  const pulls = async (): Promise<readonly string[]> => {
    const kubectl = path.join(parts.mirror.bin, "kubectl");
    const args = ["get", "events", "--all-namespaces", "--field-selector", "reason=Pulled", "--output", "json"];
    const { stdout } = await execa(kubectl, ["--kubeconfig", cluster.kubeconfigFile, ...args]);
    return (JSON.parse(stdout) as { items: { message: string }[] }).items.map(({ message }) => message);
  };

  beforeAll(async () => {
    // Machines of a cluster that runs would be replaced, and the times be those of another update.
    if (findCloud("lab") !== undefined) throw new Error("the lab's cloud runs: `npm stop` first");
    const stages = new Stages();
    parts = await prepareParts(stages);
    cloud = await startMachineCloud(parts, stages);
    plain = await up(guestImageName);
    await cluster.run(["destroy", "--yes", "--skip-preview"]);
    golden = new LabStack("golden", parts.engine, cloud, path.join(repositoryRoot, "golden-image"));
    const { artifactMirror, artifactChecksums, registryMirrors } = await clusterConfiguration(
      parts.mirror,
      cloud,
      cluster,
    );
    await golden.configure({
      ...{ artifactMirror, artifactChecksums, registryMirrors },
      image: guestImageName,
      // The smallest disk of the lab's flavors: machines of both must hold the image.
      flavor: "lab.node",
      access: "floatingIp",
      externalNetwork: cloud.externalNetwork,
    });
  });

  afterAll(async () => {
    await stopCloud("lab", () => undefined);
    golden.forget();
    cluster.forget();
  });

  it("is made by one command, which says what it holds", async () => {
    const said = await golden.run(["up", "--yes", "--skip-preview"], { show: true });
    outputs = await golden.outputs<Outputs>();
    expect(said).toContain("pulled registry.k8s.io/pause");
    expect(said).toContain(`the image ${outputs.image} is there`);
    expect(outputs.prepared).toMatch(/^in \d+ s: 10 release files, \d+ MiB; 5 container images, \d+ MiB$/);
    expect(outputs.sizeMiB).toBeGreaterThan(100);
  });

  it("stays when the machine that it was made from goes", async () => {
    await golden.run(["destroy", "--yes", "--skip-preview"]);
    expect(await openstack("server", "list", "-f", "value", "-c", "Name")).toBe("");
    expect(await openstack("image", "show", "-f", "value", "-c", "status", outputs.image)).toContain("active");
  });

  describe("and a cluster of it", () => {
    let fast: Awaited<ReturnType<typeof up>>;

    beforeAll(async () => {
      fast = await up(outputs.image);
    });

    it("downloads no release file and pulls none of its images, where one of the plain image downloads them all", () => {
      expect(plain.said).toMatch(/fetched kubelet \S+ in \d+ s/);
      expect(fast.consoles).not.toMatch(/: fetched \S+ \S+ in/);
      expect(fast.consoles).not.toContain("installing missing packages");
      expect(fast.consoles).toContain("release files are in place");
      expect(plain.pulls).toContainEqual(expect.stringMatching(/^Successfully pulled image/));
      expect(fast.pulls).not.toEqual([]);
      expect(fast.pulls.filter((message) => !message.includes("already present on machine"))).toEqual([]);
    });

    it("has machines of their own identity", async () => {
      const ids = await Promise.all(
        fastMachines(fast.said).map((name) => openstack("server", "show", "-f", "value", "-c", "id", name)),
      );
      expect(new Set(ids).size).toBe(2);
      expect(fast.consoles).not.toContain("kovhernetes-image");
    });

    it("is ready earlier", () => {
      console.log(`plain: ${JSON.stringify(plain.phases)}\nprepared: ${JSON.stringify(fast.phases)}`);
      expect(fast.phases.cluster).toBeLessThan(plain.phases.cluster);
    });
  });
});

/** Machines that an update told of. */
function fastMachines(said: string): readonly string[] {
  return [...new Set([...said.matchAll(/\] (lab-[a-z]+-\d+): /g)].map(([, name = ""]) => name))];
}
