import { describe, expect, it } from "vitest";
import { planAddresses } from "../../components/plan/addresses";
import type { RecordedMachine } from "../../components/model/recorded";
import { planMachines } from "../../components/plan/machines";
import { replacedEarlier } from "../../components/plan/earlier";
import { earlierNotices } from "../../components/notices/earlier";
import { exampleCluster, examplePool } from "../components/example-cluster";

const config = exampleCluster({
  nodePools: [
    { ...examplePool("web", 3, 15), generation: 2 },
    { ...examplePool("job", 2, 20), generation: 5 },
  ],
});
const plans = planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));
const release = config.kubernetes.version;

type State = readonly [name: string, generation: number, kubernetes?: string];

/** A cluster whose machines are of these generations, and of another release where one says so. */
const recordedOf = (...states: readonly State[]) =>
  states.map(([name, generation, kubernetes = release]): RecordedMachine => ({
    ...{ name: `dev-${name}`, role: name.startsWith("master") ? "master" : "node" },
    ...{ generation, kubernetes, image: "debian-13", flavor: "b3-8" },
  }));
const waited = (...states: readonly State[]) =>
  replacedEarlier(plans, recordedOf(...states)).map(({ hostName }) => hostName);

describe("nodes that an update which did not end has replaced", () => {
  it("are those of a pool of which others are still to be replaced", () => {
    expect(waited(["web-0", 2], ["web-1", 1], ["web-2", 1], ["job-0", 5], ["job-1", 5])).toEqual(["dev-web-0"]);
  });

  it("are those of all pools while a release is rolled out", () => {
    const states = [
      ["web-0", 2],
      ["web-1", 2],
      ["web-2", 2],
      ["job-0", 5],
      ["job-1", 5, "1.35.1"],
    ] as const;
    expect(waited(...states)).toEqual(["dev-web-0", "dev-web-1", "dev-web-2", "dev-job-0"]);
  });

  it("are none where all nodes of a pool are replaced, where nothing is, and among masters", () => {
    expect(waited(["master-0", 1], ["web-0", 1], ["web-1", 1], ["web-2", 1])).toEqual([]);
    expect(waited(["master-0", 0], ["web-0", 2], ["web-1", 2], ["web-2", 2])).toEqual([]);
  });

  it("are named by the preview, where an update waits at all", () => {
    const recorded = recordedOf(["web-0", 2], ["web-1", 1]);
    const text = "Before the next node is drained, those that have been replaced already have to be Ready: dev-web-0.";
    expect(earlierNotices(plans, recorded, { timeoutMinutes: 20 })).toEqual([text]);
    expect(earlierNotices(plans, recorded, { timeoutMinutes: 0 })).toEqual([]);
    expect(earlierNotices(plans, recordedOf(["web-0", 1]), { timeoutMinutes: 20 })).toEqual([]);
  });
});
