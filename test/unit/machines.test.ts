import { describe, expect, test } from "vitest";
import { planAddresses } from "../../components/plan/addresses";
import type { MasterCount, NodePoolConfig } from "../../components/model/cluster";
import { planMachines } from "../../components/plan/machines";
import { exampleCluster } from "../components/example-cluster";

const pool = (name: string, count: number, addressOffset: number): NodePoolConfig => ({
  name,
  count,
  addressOffset,
  image: "Debian 12",
  flavor: "d2-4",
  generation: 1,
  labels: { "example.org/pool": name },
  taints: [],
});

function plan(nodePools: readonly NodePoolConfig[], count: MasterCount = 1) {
  const config = exampleCluster({
    masters: { count, image: "Debian 12", flavor: "b3-8", generation: 2, availabilityZone: "az-1" },
    nodePools,
  });
  const networks = { hostCidr: "192.168.0.0/27", podCidr: "172.17.0.0/16", serviceCidr: "10.0.0.0/16" };
  return planMachines(config, planAddresses({ ...networks, masterCount: count, pools: nodePools }));
}

type Plans = ReturnType<typeof plan>;

describe("machine plan", () => {
  test("masters come first, then the pools in their order", () => {
    const machines = plan([pool("web", 2, 15), pool("batch", 1, 25)]);
    expect(machines.map(({ logicalName, hostName, address }) => [logicalName, hostName, address])).toEqual([
      ["master-0", "dev-master-0", "192.168.0.10"],
      ["web-0", "dev-web-0", "192.168.0.15"],
      ["web-1", "dev-web-1", "192.168.0.16"],
      ["batch-0", "dev-batch-0", "192.168.0.25"],
    ]);
  });

  test("the first of three masters is the only one of one, and no node changes", () => {
    const [one, three] = ([1, 3] as const).map((count) => plan([pool("web", 1, 15)], count)) as [Plans, Plans];
    expect(three.map(({ logicalName, hostName, address }) => [logicalName, hostName, address])).toEqual([
      ["master-0", "dev-master-0", "192.168.0.10"],
      ["master-1", "dev-master-1", "192.168.0.11"],
      ["master-2", "dev-master-2", "192.168.0.12"],
      ["web-0", "dev-web-0", "192.168.0.15"],
    ]);
    expect([three[0], three[3]]).toEqual(one);
  });

  test("a machine has the shape, labels and taints of its pool, and the master its own shape", () => {
    const [master, node] = plan([pool("web", 1, 15)]);
    expect(master).toMatchObject({
      role: "master",
      ordinal: 0,
      shape: { image: "Debian 12", flavor: "b3-8", generation: 2, availabilityZone: "az-1" },
    });
    expect(master).not.toHaveProperty("pool");
    expect(node).toMatchObject({ role: "node", pool: "web", ordinal: 0, labels: { "example.org/pool": "web" } });
    expect(node?.shape).toEqual({ image: "Debian 12", flavor: "d2-4", generation: 1 });
  });

  test("one more node leaves every other machine as it was", () => {
    const before = plan([pool("web", 2, 15), pool("batch", 1, 25)]);
    const after = plan([pool("web", 3, 15), pool("batch", 1, 25)]);
    expect(after.filter(({ logicalName }) => logicalName !== "web-2")).toEqual(before);
    expect(after).toHaveLength(before.length + 1);
  });
});
