import { beforeAll, describe, expect, it } from "vitest";
import { attempt } from "../program/support.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import { RunningCluster } from "../cluster/support.ts";

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly providerID: string; readonly unschedulable?: boolean };
}

const running = clusterForTests(() => RunningCluster.start({ nodes: 2 }));

/** An update that replaces nodes, whose first new machine never becomes one; tried again as it is, and then with what was wrong mended. */
describe("a rollout that stopped at its first node", () => {
  const nodes = async (): Promise<ReadonlyMap<string, NodeObject["spec"]>> => {
    const { items } = await running().json<{ items: NodeObject[] }>(["get", "nodes"]);
    return new Map(items.map(({ metadata, spec }) => [metadata.name, spec]));
  };
  const servers = async (): Promise<readonly string[]> =>
    (await running().openstack("server", "list", "-f", "value", "-c", "Name")).split("\n").sort();

  let before: ReadonlyMap<string, NodeObject["spec"]>;
  let output: string;

  beforeAll(async () => {
    const cluster = running();
    before = await nodes();
    await cluster.configure({
      nodes: 2,
      nodePools: { default: { generation: 2 } },
      artifactChecksums: cluster.checksumsWith("/runc.", "ab".repeat(32)),
    });
    ({ output } = await cluster.upUntil(/lab-default-0: .*wrong checksum/));
  });

  it("took one node from the cluster", async () => {
    expect(output).toContain("lab-default-0: drained");
    expect(output).not.toContain("lab-default-1: cordoned");
    expect([...(await nodes()).keys()].sort()).toEqual(["lab-default-1", "lab-master-0"]);
  });

  describe("and is tried again", () => {
    let preview: string;
    let again: { readonly failed: boolean; readonly text: string };

    beforeAll(async () => {
      const { stack } = running();
      await running().configure({
        nodes: 2,
        nodePools: { default: { generation: 2 } },
        readinessTimeoutMinutes: 2,
      });
      preview = await stack.run(["preview"]);
      again = await attempt(stack, ["up", "--yes", "--skip-preview"]);
    });

    it("waits for the node that was replaced, as the preview said, and says what keeps it", () => {
      expect(preview).toContain("those that have been replaced already have to be Ready: lab-default-0.");
      expect(again.failed).toBe(true);
      expect(again.text).toMatch(/lab-default-0: .*wrong checksum/);
    });

    it("takes no more from the cluster", async () => {
      expect(again.text).not.toContain("lab-default-1: cordoned");
      expect((await nodes()).get("lab-default-1")).toEqual(before.get("lab-default-1"));
      expect(await servers()).toEqual(["lab-default-0", "lab-default-1", "lab-master-0"]);
    });
  });

  describe("and is begun anew without the mistake, in a hurry", () => {
    beforeAll(async () => {
      await running().configure({ nodes: 2, nodePools: { default: { generation: 3 } }, drainMinutes: 0 });
      output = await running().up();
    });

    it("replaces both, and not the master", async () => {
      const after = await nodes();
      expect([...after.keys()].sort()).toEqual(["lab-default-0", "lab-default-1", "lab-master-0"]);
      const isReplaced = (name: string) => after.get(name)?.providerID !== before.get(name)?.providerID;
      expect(["lab-default-0", "lab-default-1", "lab-master-0"].map(isReplaced)).toEqual([true, true, false]);
      expect([...after.values()].filter(({ unschedulable }) => unschedulable)).toEqual([]);
    });

    it("takes the second once the first is Ready, and drains none", () => {
      expect(output).not.toContain("cordoned");
      const places = ["lab-default-0: the new machine is Ready", "lab-default-1: removed without draining"].map(
        (line) => output.indexOf(line),
      );
      expect(places).not.toContain(-1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    });

    it("leaves nothing to do", async () => {
      await running().configure({ nodes: 2, nodePools: { default: { generation: 3 } } });
      await running().stack.run(["preview", "--expect-no-changes"]);
    });
  });
});
