import { describe, expect, it } from "vitest";
import { hasAddonsInState } from "../../components/recorded/cluster";
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
    expect(hasAddonsInState(state(), "dev")).toBe(false);
    expect(hasAddonsInState(state("dev-startup-addons-flannel"), "dev")).toBe(true);
  });

  it("is not so for another cluster's, nor for what a program of one's own put there", () => {
    expect(hasAddonsInState(state("other-startup-addons-flannel", "shop"), "dev")).toBe(false);
    expect(hasAddonsInState(undefined, "dev")).toBe(false);
  });
});
