import { describe, expect, it } from "vitest";
import { addonsInState } from "../../components/recorded/cluster";
import { validateConfig } from "../../components/checks/validate";
import type { RecordedAddons } from "../../components/model/recorded";
import { essentials } from "../../components/recorded/state";
import { exampleCluster } from "../components/example-cluster";
import { settingExamples } from "../support/setting-examples";
import { stateOf } from "../support/stack-state";

describe("whether a stack has add-ons of a cluster", () => {
  const urn = (type: string, name: string) => `urn:pulumi:test::kovhernetes::${type}::${name}`;
  const state = (...names: readonly string[]) => {
    const { outputs } = stateOf(exampleCluster()) as { outputs: object };
    const type = "kubernetes:core/v1:Namespace";
    const more = Object.fromEntries(names.map((name) => [urn(type, name), { type, outputs: { id: name } }]));
    return essentials({ outputs: { ...outputs, ...more } });
  };

  it("is so once the first of them is there, also where an update was cut off after it", () => {
    expect(addonsInState(state(), "dev")).toBeUndefined();
    expect(addonsInState(state("dev-startup-addons-flannel"), "dev")).toEqual({ networkPolicy: false, workloads: [] });
  });

  it("names the workloads among them, as the cluster does", () => {
    const type = "kubernetes:apps/v1:DaemonSet";
    const name = "dev-startup-addons-flannel-daemon-set";
    const outputs = { id: "kube-flannel/kube-flannel-ds", metadata: { name: "kube-flannel-ds" } };
    const { outputs: rest } = state("dev-startup-addons-flannel") as { outputs: object };
    const whole = essentials({ outputs: { ...rest, [urn(type, name)]: { type, outputs } } });
    expect(addonsInState(whole, "dev")).toEqual({ networkPolicy: false, workloads: ["kube-flannel-ds"] });
  });

  it("is not so for another cluster's, nor for what a program of one's own put there", () => {
    expect(addonsInState(state("other-startup-addons-flannel", "shop"), "dev")).toBeUndefined();
    expect(addonsInState(undefined, "dev")).toBeUndefined();
  });

  it("tells which of those that can be left out are there, also where nobody says whose", () => {
    const both = state("dev-startup-addons-flannel", "dev-startup-addons-network-policies");
    expect(addonsInState(both, "dev")).toEqual({ networkPolicy: true, workloads: [] });
    expect(addonsInState(both)).toEqual({ networkPolicy: true, workloads: [] });
    const others = state("dev-startup-addons-flannel", "other-startup-addons-network-policies");
    expect(addonsInState(others, "dev")).toEqual({ networkPolicy: false, workloads: [] });
  });
});

describe("whether policies are enforced", () => {
  const values = {
    ...{ image: "Debian 12", flavor: "b3-8", externalNetwork: "Ext-Net", adminCidrs: ["203.0.113.7/32"] },
    sshPublicKey: settingExamples.sshPublicKey,
  };
  const validated = (addons: object | undefined, recordedAddons?: RecordedAddons) => {
    const result = validateConfig(
      { ...values, ...(addons === undefined ? {} : { addons }) },
      { stackName: "dev", recordedAddons },
    );
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    const warning = result.warnings.find((text) => text.startsWith("addons.networkPolicy is off"));
    return { enforced: result.config.addons.networkPolicy, isWarned: warning !== undefined };
  };
  const [enforced, warned] = [
    { enforced: true, isWarned: false },
    { enforced: false, isWarned: true },
  ];

  it("is so in a new cluster, and in one that exists as it was; what does nothing is told", () => {
    expect(validated(undefined)).toEqual(enforced);
    expect(validated(undefined, { networkPolicy: true, workloads: [] })).toEqual(enforced);
    expect(validated({}, { networkPolicy: false, workloads: [] })).toEqual(warned);
  });

  it("is as somebody says, whatever was before", () => {
    for (const networkPolicy of [true, false]) {
      expect(validated({ networkPolicy: true }, { networkPolicy, workloads: [] })).toEqual(enforced);
      expect(validated({ networkPolicy: false }, { networkPolicy, workloads: [] })).toEqual(warned);
    }
    expect(validated({ networkPolicy: false })).toEqual(warned);
  });
});
