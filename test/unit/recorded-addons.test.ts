import { describe, expect, it } from "vitest";
import { addonsInState } from "../../components/recorded/cluster";
import { essentials } from "../../components/recorded/state";
import { exampleCluster } from "../components/example-cluster";
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
    expect(addonsInState(state("dev-startup-addons-flannel"), "dev")).toEqual({ workloads: [] });
  });

  it("names the workloads among them, as the cluster does", () => {
    const type = "kubernetes:apps/v1:DaemonSet";
    const name = "dev-startup-addons-flannel-daemon-set";
    const outputs = { id: "kube-flannel/kube-flannel-ds", metadata: { name: "kube-flannel-ds" } };
    const { outputs: rest } = state("dev-startup-addons-flannel") as { outputs: object };
    const whole = essentials({ outputs: { ...rest, [urn(type, name)]: { type, outputs } } });
    expect(addonsInState(whole, "dev")).toEqual({ workloads: ["kube-flannel-ds"] });
  });

  it("is not so for another cluster's, nor for what a program of one's own put there", () => {
    expect(addonsInState(state("other-startup-addons-flannel", "shop"), "dev")).toBeUndefined();
    expect(addonsInState(undefined, "dev")).toBeUndefined();
  });
});
