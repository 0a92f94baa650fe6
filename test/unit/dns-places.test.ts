import { describe, expect, it } from "vitest";
import { dnsPlaces } from "../../components/plan/dns-places";
import { exampleCluster, examplePool } from "../components/example-cluster";

describe("machines that take pods of cluster DNS", () => {
  it("are masters, and nodes without a taint that keeps them away", () => {
    const tainted = (effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute") => ({
      ...examplePool("gpu", 4, 20),
      taints: [{ key: "gpu", value: "", effect }],
    });
    const places = (...nodePools: ReturnType<typeof examplePool>[]) => dnsPlaces(exampleCluster({ nodePools }));
    expect(places()).toBe(1);
    expect(places(examplePool("default", 2, 15))).toBe(3);
    expect(places(tainted("NoSchedule"))).toBe(1);
    expect(places(tainted("NoExecute"))).toBe(1);
    expect(places(tainted("PreferNoSchedule"))).toBe(5);
  });
});
