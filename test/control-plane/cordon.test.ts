import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { release } from "../../components/rollout/drain.ts";
import type { DrainingCluster } from "../../components/rollout/draining-cluster.ts";
import { drainingClient } from "../../components/rollout/draining-client.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const nodes = ["drained", "repaired", "freed"];

let plane: ControlPlane;
let stop: () => Promise<void> = () => Promise.resolve();
let cluster: DrainingCluster;

/** What an administrator does by hand. */
async function byHand(...args: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await plane.kubectl(breakGlass, ...args);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

const isCordoned = async (name: string): Promise<boolean> =>
  (await byHand("get", `node/${name}`, "-o", "jsonpath={.spec.unschedulable}")) === "true";

/** Those that an update cordoned, and that are so still. */
const byUpdate = async (): Promise<string[]> =>
  (await cluster.marked()).flatMap(({ name, cordoned }) => (cordoned ? [name] : [])).toSorted();

beforeAll(async () => {
  plane = await ControlPlane.start({});
  stop = () => plane.stop();
  cluster = await drainingClient(await plane.administrator());
  for (const name of nodes) {
    const file = plane.file("node.json", { apiVersion: "v1", kind: "Node", metadata: { name } });
    await byHand("create", "--validate=false", "-f", file);
  }
});

afterAll(() => stop());

describe("a node that an update cordoned and did not come to replace", () => {
  it("is told from one that an administrator cordoned", async () => {
    expect(await cluster.cordon("drained")).toBe("notReady");
    await byHand("cordon", "repaired");
    await cluster.cordon("repaired");
    await cluster.cordon("freed");
    expect(await byUpdate()).toEqual(["drained", "freed"]);
    await byHand("uncordon", "freed");
    expect(await byUpdate()).toEqual(["drained"]);
  });

  it("takes pods again, and no other does", async () => {
    const lines: string[] = [];
    await release(cluster, [...nodes, "absent"], (line) => lines.push(line));
    expect(lines).toEqual([expect.stringMatching(/^drained: takes pods again/)]);
    expect(await Promise.all(nodes.map(isCordoned))).toEqual([false, true, false]);
    expect(await cluster.marked()).toEqual([]);
    // A later update may cordon it once more, and an administrator one that is free.
    await byHand("cordon", "freed");
    await cluster.cordon("drained");
    expect(await byUpdate()).toEqual(["drained"]);
  });
});
