import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drainingClient } from "../../components/rollout/draining-client.ts";
import { release, type DrainingCluster } from "../../components/rollout/drain.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };

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

beforeAll(async () => {
  plane = await ControlPlane.start({});
  stop = () => plane.stop();
  cluster = await drainingClient(await plane.administrator());
  for (const name of ["drained", "repaired", "both"]) {
    const file = plane.file("node.json", { apiVersion: "v1", kind: "Node", metadata: { name } });
    await byHand("create", "--validate=false", "-f", file);
  }
});

afterAll(() => stop());

describe("a node that an update cordoned and did not come to replace", () => {
  it("is told from one that an administrator cordoned, before or since", async () => {
    expect(await cluster.cordon("drained")).toBe("notReady");
    await byHand("cordon", "repaired");
    await cluster.cordon("repaired");
    await cluster.cordon("both");
    console.log(await byHand("get", "node/drained", "-o", "json", "--show-managed-fields"));
    expect((await cluster.cordoned()).toSorted()).toEqual(["both", "drained"]);
    // Whoever uncordons a node and cordons it again has taken it over.
    await byHand("uncordon", "both");
    await byHand("cordon", "both");
    expect(await cluster.cordoned()).toEqual(["drained"]);
  });

  it("takes pods again, and no other does", async () => {
    const lines: string[] = [];
    await release(cluster, ["drained", "repaired", "both", "absent"], (line) => lines.push(line));
    expect(lines).toEqual([expect.stringMatching(/^drained: takes pods again/)]);
    expect(await Promise.all(["drained", "repaired", "both"].map(isCordoned))).toEqual([false, true, true]);
    expect(await cluster.cordoned()).toEqual([]);
    expect(await cluster.cordon("drained")).toBe("notReady");
    expect(await cluster.cordoned()).toEqual(["drained"]);
  });
});
