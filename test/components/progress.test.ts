import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FollowedMachine } from "../../components/readiness/progress-log";
import type { MachineChange } from "../../components/plan/lifecycle";
import { pretendCloud, promiseOf, runProgram } from "../support/mocks";
import { exampleCluster } from "./example-cluster";

let ProgressLog: typeof import("../../components/readiness/progress-log").ProgressLog;
let Cluster: typeof import("../../components/cluster").Cluster;
beforeAll(async () => {
  await pretendCloud();
  ({ ProgressLog } = await import("../../components/readiness/progress-log.ts"));
  ({ Cluster } = await import("../../components/cluster.ts"));
});

let told: [string, pulumi.Resource | undefined][] = [];
beforeEach(() => {
  told = [];
  vi.spyOn(pulumi.log, "info").mockImplementation((text, resource) => {
    told.push([text, resource]);
    return Promise.resolve();
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Follows machines of an update, whose ports and servers are made. */
async function follow(changes: readonly MachineChange[]) {
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(false);
  const log = new ProgressLog();
  await runProgram(() => {
    const component = (name: string) => new pulumi.ComponentResource("test:index:Machine", name);
    const cluster = component("cluster");
    const machines = changes.map((change, index): FollowedMachine => ({
      hostName: `dev-${index}`,
      component: component(`dev-${index}`),
      change,
      portIds: [pulumi.output("a port")],
      serverId: pulumi.output("a server"),
    }));
    log.follow(machines, cluster);
  });
  // What follows an output follows in its own time.
  await delay(50);
  return { log, lines: told.map(([text]) => text.replace(/^\[\d+ s\] /, "")) };
}

describe("the way of a machine", () => {
  it("is told at its own component, with the time, from its port on when it is new", async () => {
    const { log, lines } = await follow(["create"]);
    expect(lines).toEqual(["dev-0: port made", "dev-0: server made"]);
    expect(told[0]?.[0]).toMatch(/^\[\d+ s\] /);
    expect(told.map(([, resource]) => resource)).not.toContain(undefined);
    expect(log.progress.times()).toEqual({ machines: expect.any(Number) as number });
  });

  it("begins with the server when it is replaced, and is not told when it stays", async () => {
    const { lines } = await follow(["keep", "replace", "keep"]);
    expect(lines).toEqual(["dev-1: server made"]);
  });

  it("is no phase of an update that makes none", async () => {
    const { log, lines } = await follow(["keep", "keep"]);
    expect(lines).toEqual([]);
    expect(log.progress.times()).toBeUndefined();
  });
});

describe("the output of phases", () => {
  it("is in a preview what it was, and nothing before there was one", async () => {
    const phases = async (recordedPhases?: { api: number }) => {
      const recorded = {
        recordedMachines: [],
        recordedAddons: undefined,
        hasKeyPair: false,
        recordedPhases,
      };
      const args = { ...exampleCluster(), ...recorded, externalNetworkId: "external", isOffline: false };
      const { result } = await runProgram(async (options) => {
        return { phases: await promiseOf(new Cluster("dev", args, options).phases) };
      });
      return result.phases;
    };
    expect(await phases({ api: 64 })).toEqual({ api: 64 });
    expect(await phases()).toBeUndefined();
    expect(told).toEqual([]);
  });
});
