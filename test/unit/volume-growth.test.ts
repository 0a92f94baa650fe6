import { describe, expect, it } from "vitest";
import { announceGrowth } from "../../components/feasibility/volume-growth";
import { machinesInState } from "../../components/recorded/machines";
import { planChanges } from "../../components/feasibility/change-plan";
import { essentials } from "../../components/recorded/state";
import { exampleCluster } from "../components/example-cluster";
import { stateOf } from "../support/stack-state";

interface Volume {
  readonly sizeGiB: number;
  readonly type?: string;
}

/** What is said of etcd's volume, of a cluster whose machines were made with a key pair of the cloud or without one. */
function verdict(recorded: Volume, wanted: Volume | undefined, keyPair?: string, generation = 1) {
  const config = (etcdVolume: Volume | undefined, number: number) => {
    const { etcdVolume: _, ...masters } = exampleCluster().masters;
    return exampleCluster({
      masters: { ...masters, generation: number, ...(etcdVolume === undefined ? {} : { etcdVolume }) },
    });
  };
  const { outputs } = stateOf(config(recorded, 1)) as { outputs: Record<string, { type: string; outputs: object }> };
  for (const { type, outputs: own } of Object.values(outputs)) {
    if (type === "openstack:blockstorage/volume:Volume")
      Object.assign(own, { volumeType: recorded.type ?? "__DEFAULT__" });
    if (type === "openstack:compute/instance:Instance") Object.assign(own, { keyPair });
  }
  const state = essentials({ outputs });
  return announceGrowth(
    planChanges({ config: config(wanted, generation), recordedMachines: machinesInState(state), state }),
  );
}

describe("etcd's volume that is there", () => {
  it("is nothing to speak of as it is, and where it is turned off", () => {
    const nothing = { problems: [], warnings: [], unchecked: [] };
    expect(verdict({ sizeGiB: 10 }, { sizeGiB: 10 })).toEqual(nothing);
    expect(verdict({ sizeGiB: 10, type: "fast" }, { sizeGiB: 10, type: "fast" })).toEqual(nothing);
    expect(verdict({ sizeGiB: 10 }, undefined)).toEqual(nothing);
    expect(verdict({ sizeGiB: 20 }, { sizeGiB: 10 })).toEqual(nothing);
  });

  it("grows, with its file system; on a master from before by a command that is told, until its next generation", () => {
    const words = (keyPair?: string, generation?: number) =>
      verdict({ sizeGiB: 10 }, { sizeGiB: 20 }, keyPair, generation).warnings.join();
    expect(words()).toContain("dev-master-0-etcd grows from 10 to 20 GiB while etcd runs on it.");
    expect(words()).toContain("Its file system follows within a minute.");
    expect(words("dev-ssh")).toContain("run `sudo resize2fs /dev/kovhernetes/etcd` on dev-master-0");
    expect(words("dev-ssh", 2)).toContain("follows within a minute");
  });
});
