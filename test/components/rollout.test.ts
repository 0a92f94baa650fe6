import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { Rollout } from "../../components/rollout/rollout";
import { replacedMachine } from "../support/replaced-machine";

/** Identifiers of what the engine deletes together with what an output comes from. */
const dependenciesOf = async (output: pulumi.Output<unknown>): Promise<number> =>
  (await (output as unknown as { allResources: () => Promise<Set<pulumi.Resource>> }).allResources()).size;

describe("the order of replacements", () => {
  // An update: a preview waits for nothing.
  beforeAll(() =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
        call: ({ inputs }) => inputs as object,
      },
      "kovhernetes",
      "test",
      false,
    ),
  );

  it("makes no server depend on another, with which the next update that replaces it would delete it", async () => {
    const steps: string[] = [];
    const step = (name: string) => (): Promise<void> => {
      steps.push(name);
      return Promise.resolve();
    };
    const rollout = new Rollout({
      maxUnavailable: 1,
      kubeconfig: "kubeconfig",
      operations: {
        retireMaster: step("retireMaster"),
        awaitMaster: step("awaitMaster"),
        retireNode: step("retireNode"),
        awaitNode: step("awaitNode"),
        awaitReady: step("awaitReady"),
        release: step("release"),
      },
      shutDown: step("shutDown"),
    });
    const reachable = (hostName: string) => ({
      ...{ hostName, role: "node" as const, publicAddress: undefined, sshCommand: "ssh" },
    });
    const machines = (["master", "node", "node"] as const).map((role, index) => {
      const hostName = `dev-${role}-${index}`;
      const replacement = rollout.replacement(replacedMachine(hostName), { ...reachable(hostName), role });
      const server = new openstack.compute.Instance(hostName, { userData: replacement.turn.apply(() => "user data") });
      replacement.follow(server.id, server.id);
      return { turn: replacement.turn, server };
    });
    const newcomers = machines.map(({ server }) => ({ ...reachable("dev-new-0"), serverId: server.id }));
    rollout.resume(newcomers);
    const ends = [rollout.remove(["dev-node-3"], newcomers), rollout.release(["dev-node-4"])];
    expect(await Promise.all([...machines.map(({ turn }) => turn), ...ends].map(dependenciesOf))).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(await Promise.all(machines.map(({ server }) => dependenciesOf(server.id)))).toEqual([1, 1, 1]);
    expect(steps.filter((name) => name === "retireNode")).toHaveLength(3);
  });
});
