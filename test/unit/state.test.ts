import { describe, expect, it } from "vitest";
import { phasesInState } from "../../components/recorded/cluster";
import { essentials, resourcesInState } from "../../components/recorded/state";
import { exampleCluster } from "../components/example-cluster";
import { planOf, stateOf } from "../support/stack-state";

/** The engine's answer, with what it has beside what is read. */
function answer(): { readonly outputs: Record<string, { type: string; outputs: Record<string, unknown> }> } {
  const state = stateOf(exampleCluster(), { expiries: { "dev-master-0": "2027-11-27T12:00:00Z" } }) as ReturnType<
    typeof answer
  >;
  for (const resource of Object.values(state.outputs))
    Object.assign(resource.outputs, { id: "an id", userData: "a key", certPem: "a certificate" });
  state.outputs["urn:pulumi:test::kovhernetes::kovhernetes:index:Cluster::dev"] = {
    type: "kovhernetes:index:Cluster",
    outputs: { phases: { servers: 12 }, kubeconfig: "a key" },
  };
  return state;
}

describe("the essentials of a stack's state", () => {
  it("tell an update the same as all of it", () => {
    const config = exampleCluster();
    const [all, kept] = [planOf(config, answer()), planOf(config, essentials(answer()))];
    expect({ ...kept, state: [] }).toEqual({ ...all, state: [] });
    expect(kept.state.map(({ type, name }) => [type, name])).toEqual(all.state.map(({ type, name }) => [type, name]));
    const cluster = config.clusterName;
    expect(phasesInState(essentials(answer()), cluster)).toEqual(phasesInState(answer(), cluster));
    expect(JSON.stringify(kept.state)).toContain("2027-11-27T12:00:00Z");
    expect(kept.state.map(({ outputs }) => outputs["id"])).toEqual(all.state.map(({ outputs }) => outputs["id"]));
  });

  it("are without keys, certificates of machines and user data", () => {
    expect(JSON.stringify(answer())).toContain("a key");
    expect(JSON.stringify(essentials(answer()))).not.toMatch(/a key|a certificate/);
  });

  it("are nothing where the stack is new", () => {
    expect(resourcesInState(essentials({ name: "dev", outputs: {} }))).toEqual([]);
    expect(resourcesInState(essentials(undefined))).toEqual([]);
  });
});
