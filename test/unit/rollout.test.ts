import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import type { RolloutOperations } from "../../components/rollout/operations";
import { Rollout } from "../../components/rollout/rollout";
import { replacedMachine } from "../support/replaced-machine";

const reachable = (hostName: string) => ({
  hostName,
  role: "node" as const,
  publicAddress: undefined,
  sshCommand: "ssh x",
});

/**
 * Replaces machines as the program does, and tells what happened in which order.
 * @param stuck a step that does not end: what was done until then is told
 */
async function replace(
  maxUnavailable: number,
  replaced: readonly string[],
  removed: readonly string[] = [],
  stuck?: string,
  kept: readonly string[] = [],
  { earlier = [], added = [] }: { readonly earlier?: readonly string[]; readonly added?: readonly string[] } = {},
): Promise<readonly string[]> {
  const events: string[] = [];
  const step = async (text: string): Promise<void> => {
    events.push(`${text} …`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (text === stuck) await new Promise(() => undefined);
    events.push(text);
  };
  const operations: RolloutOperations = {
    retireNode: (_, hostName) => step(`drain ${hostName}`),
    retireMaster: (_, hostName) => step(`drain ${hostName}`),
    awaitMaster: (_, { hostName }) => step(`ready ${hostName}`),
    awaitNode: (_, { hostName }) => step(`ready ${hostName}`),
    awaitReady: (_, machines) => step(`there ${machines.map(({ hostName }) => hostName).join(" ")}`),
    release: (_, hostNames) => step(`release ${hostNames.join(" ")}`),
  };
  const shutDown = (hostName: string): Promise<void> => step(`stop ${hostName}`);
  const rollout = new Rollout({ maxUnavailable, kubeconfig: "kubeconfig", operations, shutDown });
  const known = (hostName: string) => ({ ...reachable(hostName), serverId: `id-of-${hostName}` });
  let resumed = false;
  const servers = replaced.map((hostName) => {
    const isMaster = replacedMachine(hostName).role === "master";
    if (!isMaster && !resumed) rollout.resume(earlier.map(known));
    resumed ||= !isMaster;
    const replacement = rollout.replacement(replacedMachine(hostName), reachable(hostName));
    const server = replacement.turn.apply(() => {
      events.push(`server ${hostName}`);
      return `id-of-${hostName}`;
    });
    replacement.follow(server, server);
    return server;
  });
  const all = promiseOf(pulumi.all([...servers, rollout.remove(removed, added.map(known)), rollout.release(kept)]));
  await Promise.race([all, ...(stuck === undefined ? [] : [new Promise((resolve) => setTimeout(resolve, 100))])]);
  return events;
}

const promiseOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  (output as unknown as { promise(): Promise<T> }).promise();

/** The most machines that were away at a moment. */
function mostAway(events: readonly string[]): number {
  let most = 0;
  const away = new Set<string>();
  for (const event of events) {
    const [what, name = ""] = event.split(" ");
    if (what === "drain") away.add(name);
    if (what === "ready" && !event.endsWith("…")) away.delete(name);
    most = Math.max(most, away.size);
  }
  return most;
}

describe("replacement of machines", () => {
  it("is one node after the other: drained, replaced, Ready, and only then the next", async () => {
    const whole = (await replace(1, ["web-0", "web-1"])).filter((event) => !event.endsWith("…"));
    expect(whole).toEqual(["drain web-0", "server web-0", "ready web-0", "drain web-1", "server web-1", "ready web-1"]);
  });

  it.each([1, 2, 3, 5])("has at most %i nodes away at a time", async (maxUnavailable) => {
    const events = await replace(maxUnavailable, ["a-0", "a-1", "a-2", "b-0", "b-1"]);
    expect(mostAway(events)).toBe(maxUnavailable);
    expect(events.filter((event) => event.startsWith("server"))).toHaveLength(5);
  });

  it("begins with the master, and touches no node before its API is back", async () => {
    const events = await replace(3, ["master-0", "web-0", "web-1"]);
    expect(events.indexOf("ready master-0")).toBeLessThan(events.indexOf("drain web-0 …"));
    const whole = events.filter((event) => !event.endsWith("…"));
    expect(whole.slice(0, 3)).toEqual(["drain master-0", "stop master-0", "server master-0"]);
  });

  it("goes no further than a machine that does not come up: the others stay", async () => {
    const events = await replace(1, ["web-0", "web-1"], ["web-2"], "ready web-0");
    expect(events.at(-1)).toBe("ready web-0 …");
    expect(events.join()).not.toMatch(/drain web-[12]/);
  });

  it("goes on only once nodes are Ready that an update which did not end has replaced", async () => {
    const events = await replace(2, ["master-0", "web-1", "web-2"], [], undefined, [], { earlier: ["web-0"] });
    expect(events.indexOf("ready master-0")).toBeLessThan(events.indexOf("there web-0 …"));
    expect(events.indexOf("there web-0")).toBeLessThan(events.indexOf("drain web-1 …"));
    const stuck = await replace(2, ["web-1", "web-2"], ["web-3"], "there web-0", [], { earlier: ["web-0"] });
    expect(stuck).toEqual(["there web-0 …"]);
  });

  it("keeps the program alive at each step: to the engine one that ends has given up the servers whose turn has not come", async () => {
    // The process has timers of others, too, which come and go meanwhile.
    const [started, cleared] = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "clearInterval")];
    const timers = (): number => {
      const gone = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer));
      const all = started.mock.results.map(({ value }) => value as NodeJS.Timeout);
      return all.filter((timer) => !gone.has(timer) && timer.hasRef()).length;
    };
    const kept: number[] = [];
    // A step that waits for nothing that would keep Node's event loop running.
    const step = async (): Promise<void> => {
      await delay(5, undefined, { ref: false });
      kept.push(timers());
    };
    const operations = {
      retireNode: step,
      retireMaster: step,
      awaitMaster: step,
      awaitNode: step,
      awaitReady: step,
      release: step,
    };
    const rollout = new Rollout({ maxUnavailable: 1, kubeconfig: "kubeconfig", operations, shutDown: step });
    const turns = ["master-0", "web-0"].map((hostName) => {
      const replacement = rollout.replacement(replacedMachine(hostName), reachable(hostName));
      const server = replacement.turn.apply(() => "id");
      replacement.follow(server, server);
      return server;
    });
    await promiseOf(pulumi.all([...turns, rollout.remove(["web-1"], []), rollout.release(["web-2"])]));
    expect(kept.length).toBeGreaterThanOrEqual(6);
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(1);
    expect(timers()).toBe(0);
    vi.restoreAllMocks();
  });

  it("makes no secret of its steps, so that the output `machines` is none", async () => {
    const done = (): Promise<void> => Promise.resolve();
    const operations = {
      retireNode: done,
      retireMaster: done,
      awaitMaster: done,
      awaitNode: done,
      awaitReady: done,
      release: done,
    };
    const kubeconfig = pulumi.secret("kubeconfig");
    const rollout = new Rollout({ maxUnavailable: 1, kubeconfig, operations, shutDown: done });
    const replacement = rollout.replacement(replacedMachine("web-0"), reachable("web-0"));
    replacement.follow(pulumi.output("id"), pulumi.output("id"));
    const outputs = [
      replacement.turn,
      rollout.remove([], []),
      rollout.remove(["web-1"], []),
      rollout.release(["web-2"]),
    ];
    const none = outputs.map(() => false);
    expect(await Promise.all(outputs.map((output) => pulumi.isSecret(output)))).toEqual(none);
  });

  it("shuts a master down where the API cannot be reached, too, and waits for nothing else", async () => {
    const stopped: string[] = [];
    const kubeconfig = pulumi.output(new Promise<string>(() => undefined));
    const rollout = new Rollout({
      maxUnavailable: 1,
      kubeconfig,
      operations: undefined,
      shutDown: (hostName) => Promise.resolve(void stopped.push(hostName)),
    });
    const turns = ["master-0", "web-0", "web-1"].map((name) => {
      const replacement = rollout.replacement(replacedMachine(name), reachable(name));
      replacement.follow(pulumi.output(new Promise<string>(() => undefined)), pulumi.output(""));
      return replacement.turn;
    });
    await promiseOf(pulumi.all([...turns, rollout.remove(["web-2"], []), rollout.release(["web-3"])]));
    expect(stopped).toEqual(["master-0"]);
  });

  it("lets pods again on machines that stay, once the master is back and without waiting for the nodes", async () => {
    const events = await replace(1, ["master-0", "web-0"], [], undefined, ["web-1", "web-2"]);
    const released = events.indexOf("release web-1 web-2 …");
    expect(events.indexOf("ready master-0")).toBeLessThan(released);
    expect(released).toBeLessThan(events.indexOf("ready web-0 …"));
    expect((await replace(1, ["web-0"])).join()).not.toContain("release");
  });

  it("drains machines that go for good once those are Ready that are new in the same update", async () => {
    const events = await replace(1, [], ["old-0"], undefined, [], { added: ["new-0", "new-1"] });
    expect(events.indexOf("there new-0 new-1")).toBeLessThan(events.indexOf("drain old-0 …"));
    expect((await replace(1, ["web-0"], [], undefined, [], { added: ["web-1"] })).join()).not.toContain("there");
  });

  it("drains machines that go for good after all that are replaced", async () => {
    const events = await replace(2, ["web-0"], ["web-1", "web-2"]);
    expect(events.indexOf("ready web-0")).toBeLessThan(events.indexOf("drain web-1 …"));
    expect(events.indexOf("drain web-1")).toBeLessThan(events.indexOf("drain web-2 …"));
  });
});
