import { describe, expect, it } from "vitest";
import { masterProblems } from "../../components/checks/masters";
import type { ClusterConfig, MasterConfig } from "../../components/model/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import { planAddresses } from "../../components/plan/addresses";
import { planMachines } from "../../components/plan/machines";
import { exampleCluster } from "../components/example-cluster";

const { etcdVolume, ...shape } = exampleCluster().masters;

function keysOf(
  masters: Partial<MasterConfig>,
  changes: Partial<ClusterConfig> = {},
  generations = [1, 1, 1],
): readonly string[] {
  const config = exampleCluster({
    ...changes,
    masters: { ...shape, etcdVolume: etcdVolume ?? { sizeGiB: 10 }, ...masters },
  });
  const plans = planMachines(
    config,
    planAddresses({ ...config.network, masterCount: config.masters.count, pools: [] }),
  );
  const recorded = generations.map((generation, ordinal): RecordedMachine => {
    const { image, flavor } = shape;
    return { ...{ name: `dev-master-${ordinal}`, role: "master", kubernetes: "1.36.3" }, generation, image, flavor };
  });
  return masterProblems(config, plans, recorded).map(({ key }) => key);
}

describe("several masters", () => {
  const hasty = { readiness: { timeoutMinutes: 0 } };

  it("have a volume each", () => {
    const { etcdVolume: _volume, ...without } = { ...shape, etcdVolume };
    const plans = planMachines(
      exampleCluster(),
      planAddresses({ ...exampleCluster().network, masterCount: 1, pools: [] }),
    );
    const problems = masterProblems({ ...exampleCluster(), masters: { ...without, count: 3 } }, plans, []);
    expect(problems).toMatchObject([
      { key: "etcdVolume", value: "false", reason: expect.stringContaining("3 masters") as string },
    ]);
    expect(keysOf({ count: 3 })).toEqual([]);
  });

  it("are not replaced together where nothing is waited for", () => {
    expect(keysOf({ count: 3, generation: 2 }, hasty)).toEqual(["readinessTimeoutMinutes"]);
    expect(keysOf({ count: 3, generation: 2 })).toEqual([]);
    // One alone may be away, and a new cluster replaces none.
    expect(keysOf({ count: 3, generation: 2 }, hasty, [2, 1, 2])).toEqual([]);
    expect(keysOf({ count: 3 }, hasty, [])).toEqual([]);
  });

  it("are not restored from a snapshot", () => {
    expect(keysOf({ count: 3 }, { backup: { restore: "snapshot-20260101T000000Z.db" } })).toEqual(["etcdRestore"]);
  });

  it("ask nothing of a single one", () => {
    const restored = { ...hasty, backup: { restore: "snapshot-20260101T000000Z.db" } };
    expect(keysOf({ count: 1, generation: 2 }, restored, [1])).toEqual([]);
  });
});
