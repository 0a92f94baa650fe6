import { describe, expect, test } from "vitest";
import { planAddresses } from "../../components/plan/addresses";
import { machineChange, removedMachines, restoreOf } from "../../components/plan/lifecycle";
import type { RecordedMachine } from "../../components/model/recorded";
import { expiryNotices, lifecycleNotices, restoreNotices } from "../../components/notices/lifecycle";
import { planMachines, type MachinePlan } from "../../components/plan/machines";
import type { MasterCount } from "../../components/model/cluster";
import { exampleCluster, examplePool } from "../components/example-cluster";

const shape = { image: "debian-13", flavor: "b3-8" };

function plans(
  generations: { readonly master: number; readonly web: number },
  image = "debian-13",
  kubernetes = "1.36.3",
  count: MasterCount = 1,
): readonly MachinePlan[] {
  const config = exampleCluster({
    kubernetes: { ...exampleCluster().kubernetes, version: kubernetes },
    masters: { count, ...shape, image, generation: generations.master },
    nodePools: [{ ...examplePool("web", 2, 15), image, generation: generations.web }],
  });
  return planMachines(config, planAddresses({ ...config.network, masterCount: count, pools: config.nodePools }));
}

const recorded: readonly RecordedMachine[] = ["dev-master-0", "dev-web-0", "dev-web-1"].map((name) => ({
  name,
  role: name === "dev-master-0" ? ("master" as const) : ("node" as const),
  generation: 1,
  kubernetes: "1.36.3",
  ...shape,
}));
const rollout = { maxUnavailable: 1, drainMinutes: 10, timeoutMinutes: 20 };

const changes = (machines: readonly MachinePlan[], records: readonly RecordedMachine[]) =>
  machines.map((plan) => [plan.hostName, machineChange(plan, records)]);

describe("what happens to a machine", () => {
  test("it is kept while its generation is, whatever else the configuration says", () => {
    expect(changes(plans({ master: 1, web: 1 }, "debian-14"), recorded)).toEqual([
      ["dev-master-0", "keep"],
      ["dev-web-0", "keep"],
      ["dev-web-1", "keep"],
    ]);
  });

  test("another generation of a pool replaces its machines and no others", () => {
    expect(changes(plans({ master: 1, web: 2 }), recorded)).toEqual([
      ["dev-master-0", "keep"],
      ["dev-web-0", "replace"],
      ["dev-web-1", "replace"],
    ]);
  });

  test("a machine of which nothing is recorded is created, never replaced", () => {
    expect(changes(plans({ master: 3, web: 3 }), [])).toEqual([
      ["dev-master-0", "create"],
      ["dev-web-0", "create"],
      ["dev-web-1", "create"],
    ]);
  });
});

describe("what the preview says", () => {
  test("each replacement is named with its key and what it means", () => {
    const notices = lifecycleNotices(plans({ master: 2, web: 1 }), recorded, rollout);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^dev-master-0 is replaced .*master\.generation was 1, is 2.*API is down/);
    expect(lifecycleNotices(plans({ master: 1, web: 2 }), recorded, rollout).join()).toMatch(/dev-web-0 .*dev-web-1 /);
  });

  test("a changed image waits for the generation of its pool, and the key to raise is named once", () => {
    const notices = lifecycleNotices(plans({ master: 1, web: 1 }, "debian-14"), recorded, rollout);
    expect(notices).toHaveLength(2);
    expect(notices[0]).toContain("set master.generation to 2");
    expect(notices[1]).toContain("set nodePools.web.generation to 2");
    expect(notices[1]).toContain(
      "dev-web-0: image debian-14 (is debian-13), dev-web-1: image debian-14 (is debian-13)",
    );
  });

  test("another Kubernetes release replaces every machine, the master first, then nodes at the pace that is configured", () => {
    const upgraded = plans({ master: 1, web: 1 }, "debian-13", "1.37.2");
    expect(changes(upgraded, recorded).map(([, change]) => change)).toEqual(["replace", "replace", "replace"]);
    const notices = lifecycleNotices(upgraded, recorded, rollout);
    expect(notices[0]).toMatch(/^dev-master-0 is replaced .*\(kubernetesVersion was 1\.36\.3, is 1\.37\.2\)/);
    expect(notices[3]).toBe(
      "The master is replaced first, and nothing else is touched before it is a Ready node. " +
        "Nodes are drained and replaced 1 at a time (maxUnavailable), the next when the last is Ready.",
    );
    expect(lifecycleNotices(upgraded, recorded, { ...rollout, maxUnavailable: 2 })[3]).toContain("together");
  });

  test("of several masters one is replaced at a time, and the API goes on, unless nothing is waited for or its data is made anew", () => {
    const three = (generation: number) => plans({ master: generation, web: 2 }, "debian-13", "1.36.3", 3);
    const [first, ...nodes] = recorded;
    const masters = [0, 1, 2].map((ordinal) => ({ ...first, name: `dev-master-${ordinal}` }) as RecordedMachine);
    const before = [...masters, ...nodes];
    const lines = lifecycleNotices(three(2), before, rollout);
    for (const [ordinal, line] of lines.slice(0, 3).entries()) {
      expect(line).toMatch(
        new RegExp(`^dev-master-${ordinal} is replaced .*: the other masters serve the API meanwhile; `),
      );
    }
    expect(lines[5]).toBe(
      "Masters are replaced one at a time, each while all others serve. No node is touched before all masters are Ready nodes. " +
        "Nodes are drained and replaced 1 at a time (maxUnavailable), the next when the last is Ready.",
    );
    // One is lost: it is made before another goes.
    expect(lifecycleNotices(three(2), before.slice(1), rollout)[4]).toMatch(
      /^New masters are made first\. Then masters are replaced one at a time/,
    );
    expect(lifecycleNotices(three(2), before, { ...rollout, timeoutMinutes: 0 })[0]).toContain("the API is down until");
    expect(lifecycleNotices(three(2), before, rollout, "snapshot-1.db")[0]).toContain("the API is down until");
    expect(lifecycleNotices(three(1), before, rollout, "snapshot-1.db").join()).not.toContain("API");
  });

  test("new nodes come after the master, and before nodes that are drained", () => {
    const [first, ...others] = recorded;
    const upgraded = plans({ master: 1, web: 1 }, "debian-13", "1.37.2");
    const lines = lifecycleNotices(
      upgraded,
      [first, others[0]].flatMap((one) => one ?? []),
      rollout,
    );
    expect(lines[2]).toBe(
      "The master is replaced first, and nothing else is touched before it is a Ready node. " +
        "New nodes (dev-web-1) are made after it, and are Ready before the first node is drained.",
    );
    const continued = lifecycleNotices(plans({ master: 1, web: 2 }), recorded.slice(0, 2), rollout);
    expect(continued[1]).toBe("New nodes (dev-web-1) are Ready before the first node is drained.");
    expect(lifecycleNotices(plans({ master: 1, web: 1 }), recorded.slice(0, 2), rollout)).toEqual([]);
    expect(lifecycleNotices(plans({ master: 1, web: 1 }), [], rollout)).toEqual([]);
  });

  test("an update that waits for nothing drains nothing, and replaces the master first all the same", () => {
    const hasty = { ...rollout, timeoutMinutes: 0 };
    const upgraded = plans({ master: 1, web: 1 }, "debian-13", "1.37.2");
    const nothing = "Nothing is drained, and nothing waits for a machine to be Ready (readinessTimeoutMinutes is 0): ";
    expect(lifecycleNotices(upgraded, recorded, hasty)[3]).toBe(
      `${nothing}the master is shut down and replaced, and once it is made, all 2 nodes are replaced at the same time.`,
    );
    expect(lifecycleNotices(plans({ master: 2, web: 1 }), recorded, hasty)[1]).toBe(
      `${nothing}the master is shut down and replaced.`,
    );
    const more = [...recorded, { ...recorded[2], name: "dev-web-2" } as RecordedMachine];
    expect(lifecycleNotices(plans({ master: 1, web: 1 }), more, hasty).join()).toContain("without draining: dev-web-2");
  });

  test("machines that go are named, with how long their pods have", () => {
    const more = [...recorded, { ...recorded[2], name: "dev-web-2" } as RecordedMachine];
    const one = plans({ master: 1, web: 1 });
    expect(removedMachines(one, more).map(({ name }) => name)).toEqual(["dev-web-2"]);
    expect(lifecycleNotices(one, more, rollout)).toEqual([
      "Removed for good, drained first, for at most 10 minutes each: dev-web-2.",
    ]);
    expect(lifecycleNotices(one, more, { ...rollout, drainMinutes: 0 }).join()).toContain(
      "without draining: dev-web-2",
    );
  });

  test("nothing waits when a machine is being replaced, and nothing is said of an unchanged stack", () => {
    const notices = lifecycleNotices(plans({ master: 2, web: 2 }, "debian-14"), recorded, rollout);
    expect(notices).toHaveLength(4);
    expect(notices.join()).not.toContain("Waiting");
    expect(lifecycleNotices(plans({ master: 1, web: 1 }), recorded, rollout)).toEqual([]);
  });
});

describe("a restore of etcd", () => {
  const snapshot = "snapshot-20261127T145800Z.db";
  const restored = recorded.map((record) =>
    record.name === "dev-master-0" ? { ...record, etcdRestore: snapshot } : record,
  );
  const notices = (master: number, records = recorded): string[] =>
    restoreNotices(plans({ master, web: 1 }), records, snapshot);

  test("is announced with what it means for the master that does it, new or replaced", () => {
    for (const records of [recorded, []]) {
      expect(notices(2, records)).toEqual([
        expect.stringMatching(
          /^dev-master-0 makes etcd's data anew from snapshot-20261127T145800Z\.db: .* gone from it.*before-restore-/,
        ),
      ]);
    }
  });

  test("waits for the master's generation, and says so until it is done", () => {
    expect(notices(1)).toEqual([expect.stringMatching(/nothing is restored until master\.generation is set to 2/)]);
    expect(notices(1, restored)).toEqual([]);
  });

  test("is not done again by a later generation", () => {
    expect(notices(2, restored)).toEqual([expect.stringMatching(/was restored from .* before/)]);
  });

  test("is not spoken of when none is asked for", () => {
    expect(restoreNotices(plans({ master: 2, web: 1 }), restored, undefined)).toEqual([]);
  });

  test("is recorded of a master from when it was made, whatever is asked for since", () => {
    const [master, node] = plans({ master: 1, web: 1 });
    const [next] = plans({ master: 2, web: 1 });
    if (master === undefined || node === undefined || next === undefined) throw new Error("no plan");
    expect(restoreOf(master, recorded, snapshot)).toBeUndefined();
    expect(restoreOf(master, restored, undefined)).toBe(snapshot);
    expect(restoreOf(next, recorded, snapshot)).toBe(snapshot);
    expect(restoreOf(node, [], snapshot)).toBeUndefined();
  });
});

describe("certificates that end soon", () => {
  const now = new Date("2027-01-01T00:00:00Z");
  const expiries = {
    "dev-master-0": "2027-01-10T00:00:00Z",
    "dev-web-0": "2027-06-01T00:00:00Z",
    "dev-web-1": "2027-01-05T00:00:00Z",
  };

  test("are warned of by machine, with the key that gives it new ones", () => {
    const notices = expiryNotices(plans({ master: 1, web: 3 }), expiries, now, 30 * 24);
    expect(notices).toHaveLength(2);
    expect(notices[0]).toMatch(/dev-master-0 \(2027-01-10.*set master\.generation to 2/);
    expect(notices[1]).toMatch(/dev-web-1 \(2027-01-05.*set nodePools\.web\.generation to 4/);
    expect(notices[1]).not.toContain("dev-web-0");
  });

  test("are not warned of before that, nor is one that is not known yet", () => {
    expect(expiryNotices(plans({ master: 1, web: 1 }), expiries, now, 24)).toEqual([]);
    expect(expiryNotices(plans({ master: 1, web: 1 }), {}, now, 24 * 365)).toEqual([]);
  });
});
