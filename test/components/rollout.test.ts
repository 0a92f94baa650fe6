import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { planSteps } from "../../components/plan/steps";
import { Rollout } from "../../components/rollout/rollout";
import { plannedMachine, recordedMachine } from "../support/replaced-machine";

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
    const done: string[] = [];
    const deed = (name: string) => (): Promise<void> => {
      done.push(name);
      return Promise.resolve();
    };
    const names = ["master-0", "web-0", "web-1", "web-2"];
    const recorded = [...names.slice(0, 3).map((name) => recordedMachine(name, 1)), recordedMachine("web-3", 2)];
    const kept = ["job-0"];
    const rollout = new Rollout({
      steps: planSteps([...names, ...kept].map(plannedMachine), [...recorded, recordedMachine("job-0", 2)], {
        ...{ maxUnavailable: 1, drainMinutes: 10, timeoutMinutes: 20 },
      }),
      kubeconfig: "kubeconfig",
      reachable: (hostName) => ({
        ...{ hostName, role: plannedMachine(hostName).role, publicAddress: undefined, sshCommand: "ssh", serverId: "" },
      }),
      operations: {
        ...{ retireMaster: deed("retireMaster"), awaitMaster: deed("awaitMaster"), retireNode: deed("retireNode") },
        ...{
          awaitNode: deed("awaitNode"),
          awaitServing: deed("awaitServing"),
          awaitReady: deed("awaitReady"),
          release: deed("release"),
        },
        order: (_, hostNames) => Promise.resolve(hostNames),
      },
      power: { examine: deed("examine"), shutDown: deed("shutDown") },
    });
    const machines = names.flatMap((hostName) => {
      const place = rollout.place(hostName);
      if (place === undefined) return [];
      const server = new openstack.compute.Instance(hostName, { userData: place.turn.apply(() => "user data") });
      place.follow(server.id, server.id);
      return [{ turn: place.turn, server }];
    });
    const ends = [...machines.map(({ turn }) => turn), rollout.settled];
    expect(await Promise.all(ends.map(dependenciesOf))).toEqual([0, 0, 0, 0, 0]);
    expect(await Promise.all(machines.map(({ server }) => dependenciesOf(server.id)))).toEqual([1, 1, 1, 1]);
    expect(done.filter((name) => name === "retireNode")).toHaveLength(3);
    expect(done).toContain("release");
  });
});
