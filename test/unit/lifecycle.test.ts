import { describe, expect, test } from "vitest";
import { planAddresses } from "../../components/addresses";
import { expiryNotices, lifecycleNotices, machineChange, type RecordedMachine } from "../../components/lifecycle";
import { planMachines, type MachinePlan } from "../../components/machines";
import { exampleCluster, examplePool } from "../components/example-cluster";

const shape = { image: "debian-13", flavor: "b3-8" };

function plans(
  generations: { readonly master: number; readonly web: number },
  image = "debian-13",
): readonly MachinePlan[] {
  const config = exampleCluster({
    masters: { count: 1, ...shape, image, generation: generations.master },
    nodePools: [{ ...examplePool("web", 2, 15), image, generation: generations.web }],
  });
  return planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));
}

const recorded: readonly RecordedMachine[] = ["dev-master-0", "dev-web-0", "dev-web-1"].map((name) => ({
  name,
  generation: 1,
  ...shape,
}));

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
    const notices = lifecycleNotices(plans({ master: 2, web: 1 }), recorded);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^dev-master-0 is replaced .*master\.generation was 1, is 2.*API is down/);
    expect(lifecycleNotices(plans({ master: 1, web: 2 }), recorded).join()).toMatch(/dev-web-0 .*dev-web-1 /);
  });

  test("a changed image waits for the generation of its pool, and the key to raise is named once", () => {
    const notices = lifecycleNotices(plans({ master: 1, web: 1 }, "debian-14"), recorded);
    expect(notices).toHaveLength(2);
    expect(notices[0]).toContain("set master.generation to 2");
    expect(notices[1]).toContain("set nodePools.web.generation to 2");
    expect(notices[1]).toContain(
      "dev-web-0: image debian-14 (is debian-13), dev-web-1: image debian-14 (is debian-13)",
    );
  });

  test("nothing waits when a machine is being replaced, and nothing is said of an unchanged stack", () => {
    const notices = lifecycleNotices(plans({ master: 2, web: 2 }, "debian-14"), recorded);
    expect(notices).toHaveLength(3);
    expect(notices.join()).not.toContain("Waiting");
    expect(lifecycleNotices(plans({ master: 1, web: 1 }), recorded)).toEqual([]);
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
