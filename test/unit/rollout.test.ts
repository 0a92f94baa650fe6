import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { planSteps } from "../../components/plan/steps";
import type { MasterPower, RolloutOperations } from "../../components/rollout/operations";
import { Rollout } from "../../components/rollout/rollout";
import { plannedMachine, recordedMachine } from "../support/replaced-machine";

const reachable = (hostName: string) => ({
  ...{ hostName, role: plannedMachine(hostName).role, publicAddress: undefined },
  ...{ sshCommand: "ssh x", serverId: `id-of-old-${hostName}` },
});

interface Update {
  readonly maxUnavailable?: number;
  readonly replaced?: readonly string[];
  readonly removed?: readonly string[];
  readonly kept?: readonly string[];
  readonly added?: readonly string[];
  readonly timeoutMinutes?: number;
  /** Nodes that take pods at the moment; all, where it is absent. */
  readonly open?: readonly string[];
  /** A step that does not end: what was done until then is told. */
  readonly stuck?: string;
}

type Work = (text: string) => Promise<void>;

const operationsOf = (step: Work, open?: readonly string[]): RolloutOperations => ({
  retireNode: (_, hostName) => step(`drain ${hostName}`),
  retireMaster: (_, hostName) => step(`drain ${hostName}`),
  order: (_, hostNames) => {
    const isOpen = (hostName: string): number => Number(open?.includes(hostName) ?? true);
    return Promise.resolve(hostNames.toSorted((one, other) => isOpen(one) - isOpen(other)));
  },
  awaitMaster: (_, { hostName, serverId }) => step(`ready ${hostName} ${serverId}`),
  awaitServing: (_, masters) => step(`serve ${masters.map(({ hostName }) => hostName).join(" ")}`),
  awaitNode: (_, { hostName, serverId }) => step(`ready ${hostName} ${serverId}`),
  awaitReady: (_, machines) => step(`there ${machines.map(({ hostName }) => hostName).join(" ")}`),
  release: (_, hostNames) => step(`release ${hostNames.join(" ")}`),
});
const powerOf = (step: Work): MasterPower => ({
  examine: (hostName) => step(`examine ${hostName}`),
  shutDown: (hostName) => step(`stop ${hostName}`),
});

/** The rollout of an update, and the machines that it makes in the order in which the program does. */
function rolloutOf(update: Update, step: Work, kubeconfig: pulumi.Input<string> = "kubeconfig") {
  const { maxUnavailable = 1, replaced = [], removed = [], kept = [], added = [], timeoutMinutes = 20 } = update;
  const wanted = [...replaced, ...kept, ...added];
  const recorded = [
    ...replaced.map((name) => recordedMachine(name, 1)),
    ...[...kept, ...removed].map((name) => recordedMachine(name, 2)),
  ];
  const steps = planSteps(wanted.map(plannedMachine), recorded, { maxUnavailable, drainMinutes: 10, timeoutMinutes });
  const rollout = new Rollout({
    ...{ steps, kubeconfig, reachable },
    ...{ operations: operationsOf(step, update.open), power: powerOf(step) },
  });
  return { rollout, made: [...replaced, ...added] };
}

/** Makes machines as the program does, and tells what happened in which order. */
async function carryOut(update: Update): Promise<readonly string[]> {
  const { stuck } = update;
  const events: string[] = [];
  const step = async (text: string): Promise<void> => {
    events.push(`${text} …`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (stuck !== undefined && text.startsWith(stuck)) await new Promise(() => undefined);
    events.push(text);
  };
  const { rollout, made } = rolloutOf(update, step);
  const servers = made.map((hostName) => {
    const place = rollout.place(hostName);
    if (place === undefined) throw new Error(`${hostName} has no place`);
    const server = place.turn.apply(() => {
      events.push(`server ${hostName}`);
      return `id-of-${hostName}`;
    });
    place.follow(server, server);
    return server;
  });
  const all = promiseOf(pulumi.all([...servers, rollout.settled]));
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

/** What was done to its end. */
const done = (events: readonly string[]): readonly string[] => events.filter((event) => !event.endsWith("…"));

describe("the steps of an update, carried out", () => {
  it("are one node after the other: drained, replaced, Ready as the new server, and only then the next", async () => {
    expect(done(await carryOut({ replaced: ["web-0", "web-1"] }))).toEqual([
      ...["drain web-0", "server web-0", "ready web-0 id-of-web-0"],
      ...["drain web-1", "server web-1", "ready web-1 id-of-web-1"],
    ]);
  });

  it.each([1, 2, 3, 5])("have at most %i nodes away at a time", async (maxUnavailable) => {
    const events = await carryOut({ maxUnavailable, replaced: ["a-0", "a-1", "a-2", "b-0", "b-1"] });
    expect(mostAway(events)).toBe(maxUnavailable);
    expect(events.filter((event) => event.startsWith("server"))).toHaveLength(5);
  });

  it("begin with nodes that are away already: an update that was cut off leaves some, and no more may be away", async () => {
    const replaced = ["a-0", "a-1", "a-2"];
    expect(
      done(await carryOut({ replaced, open: ["a-0", "a-1"] })).filter((event) => !event.startsWith("ready")),
    ).toEqual([...["drain a-2", "server a-2", "drain a-0", "server a-0", "drain a-1", "server a-1"]]);
    const events = await carryOut({ replaced, open: ["a-0", "a-1"], maxUnavailable: 2, stuck: "ready a-2" });
    expect(done(events).filter((event) => event.startsWith("drain"))).toEqual(["drain a-2", "drain a-0"]);
    expect(mostAway(events)).toBe(2);
  });

  it("begin with the master, and make and touch no node before it is Ready", async () => {
    const events = done(await carryOut({ maxUnavailable: 3, replaced: ["master-0", "web-0"], added: ["web-1"] }));
    expect(events).toEqual([
      ...["examine master-0", "drain master-0", "stop master-0", "server master-0", "ready master-0 id-of-master-0"],
      ...["server web-1", "ready web-1 id-of-web-1"],
      ...["drain web-0", "server web-0", "ready web-0 id-of-web-0"],
    ]);
  });

  it("replace one of several masters at a time, each while all others serve, before it is drained and again before it is off", async () => {
    const events = done(await carryOut({ replaced: ["master-0", "master-1", "master-2", "web-0"] }));
    const turn = (name: string, ...others: readonly string[]) => [
      ...[`examine ${name}`, `serve ${others.join(" ")}`, `drain ${name}`, `serve ${others.join(" ")}`],
      ...[`stop ${name}`, `server ${name}`, `ready ${name} id-of-${name}`],
    ];
    expect(events).toEqual([
      ...turn("master-0", "master-1", "master-2"),
      ...turn("master-1", "master-0", "master-2"),
      ...turn("master-2", "master-0", "master-1"),
      ...["drain web-0", "server web-0", "ready web-0 id-of-web-0"],
    ]);
  });

  it("touch no master while another does not serve", async () => {
    const events = await carryOut({ replaced: ["master-0", "master-1"], kept: ["master-2"], stuck: "serve" });
    expect(events).toEqual(["examine master-0 …", "examine master-0", "serve master-1 master-2 …"]);
  });

  it("go no further than a machine that does not come up: the others stay", async () => {
    const events = await carryOut({ replaced: ["web-0", "web-1"], removed: ["web-2"], stuck: "ready web-0" });
    expect(events.at(-1)).toBe("ready web-0 id-of-web-0 …");
    expect(events.join()).not.toMatch(/drain web-[12]/);
  });

  it("touch nothing where the master cannot be shut down", async () => {
    const events = await carryOut({ replaced: ["master-0", "web-0"], added: ["web-1"], stuck: "examine" });
    expect(events).toEqual(["examine master-0 …"]);
  });

  it("go on only once nodes are Ready that an update which did not end has replaced", async () => {
    const update = { maxUnavailable: 2, replaced: ["master-0", "web-1", "web-2"], kept: ["web-0"] };
    const events = await carryOut(update);
    expect(events.indexOf("ready master-0 id-of-master-0")).toBeLessThan(events.indexOf("there web-0 …"));
    expect(events.indexOf("there web-0")).toBeLessThan(events.indexOf("drain web-1 …"));
    const stuck = await carryOut({ replaced: ["web-1"], removed: ["web-3"], kept: ["web-0"], stuck: "there" });
    expect(stuck.filter((event) => !event.startsWith("release"))).toEqual(["there web-0 …"]);
  });

  it("keep the program alive each: to the engine one that ends has given up the servers whose turn has not come", async () => {
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
    const update = { replaced: ["master-0", "web-0"], removed: ["web-1"], kept: ["job-0"] };
    const { rollout, made } = rolloutOf(update, step);
    const turns = made.map((hostName) => {
      const server = rollout.place(hostName)?.turn.apply(() => "id") ?? pulumi.output("");
      rollout.place(hostName)?.follow(server, server);
      return server;
    });
    await promiseOf(pulumi.all([...turns, rollout.settled]));
    expect(kept.length).toBeGreaterThanOrEqual(7);
    expect(Math.min(...kept)).toBeGreaterThanOrEqual(1);
    expect(timers()).toBe(0);
    vi.restoreAllMocks();
  });

  it("are no secrets, so that the output `machines` is none", async () => {
    const secret = pulumi.secret("kubeconfig");
    const { rollout } = rolloutOf({ replaced: ["web-0"], kept: ["web-2"] }, () => Promise.resolve(), secret);
    const place = rollout.place("web-0");
    place?.follow(pulumi.output("id"), pulumi.output("id"));
    const outputs = [
      place?.turn,
      rollout.settled,
      rolloutOf({ kept: ["web-2"] }, () => Promise.resolve()).rollout.settled,
    ];
    expect(await Promise.all(outputs.map(async (output) => output && pulumi.isSecret(output)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("end the update where one fails, with its words, and nothing after it begins", async () => {
    const failures: unknown[] = [];
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (error) => failures.push(error));
    const begun: string[] = [];
    const failing = async (text: string): Promise<void> => {
      begun.push(text);
      await delay(1);
      if (text === "drain web-0") throw new pulumi.RunError("web-0 was not drained");
    };
    rolloutOf({ replaced: ["web-0", "web-1"], removed: ["old-0"] }, failing);
    await delay(50);
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
    expect(begun).toEqual(["drain web-0"]);
    expect(new Set(failures.map(String))).toEqual(new Set(["Error: web-0 was not drained"]));
  });

  it("shut a master down where the API cannot be reached, too, and wait for its new server alone", async () => {
    const kubeconfig = pulumi.output(new Promise<string>(() => undefined));
    const stopped: string[] = [];
    const update = { replaced: ["master-0", "web-0", "web-1"], removed: ["web-2"], kept: ["web-3"], timeoutMinutes: 0 };
    const { rollout, made } = rolloutOf(update, (text) => Promise.resolve(void stopped.push(text)), kubeconfig);
    const servers = made.map((hostName) => {
      const server = rollout.place(hostName)?.turn.apply(() => `id-of-${hostName}`) ?? pulumi.output("");
      rollout.place(hostName)?.follow(server, server);
      return server;
    });
    await promiseOf(pulumi.all([...servers, rollout.settled]));
    expect(stopped).toEqual(["examine master-0", "stop master-0"]);
  });

  it("let pods again on machines that stay, once the master is back and without waiting for the nodes", async () => {
    const events = await carryOut({ replaced: ["master-0", "web-0"], kept: ["job-1", "job-2"] });
    const released = events.indexOf("release job-1 job-2 …");
    expect(events.indexOf("ready master-0 id-of-master-0")).toBeLessThan(released);
    expect(released).toBeLessThan(events.indexOf("ready web-0 id-of-web-0 …"));
    expect((await carryOut({ replaced: ["web-0"] })).join()).not.toContain("release");
  });

  it("drain machines that go for good once those are Ready that are new in the same update", async () => {
    const events = await carryOut({ removed: ["old-0"], added: ["new-0", "new-1"] });
    expect(events.indexOf("ready new-0 id-of-new-0")).toBeLessThan(events.indexOf("drain old-0 …"));
    expect(events.indexOf("ready new-1 id-of-new-1")).toBeLessThan(events.indexOf("drain old-0 …"));
  });

  it("drain machines that go for good after all that are replaced", async () => {
    const events = await carryOut({ maxUnavailable: 2, replaced: ["web-0"], removed: ["web-1", "web-2"] });
    expect(events.indexOf("ready web-0 id-of-web-0")).toBeLessThan(events.indexOf("drain web-1 …"));
    expect(events.indexOf("drain web-1")).toBeLessThan(events.indexOf("drain web-2 …"));
  });

  it.each([20, 0])(
    "leave a master as it is until its volume is as it is asked for (API waited for %i minutes)",
    async (timeoutMinutes) => {
      const done: string[] = [];
      const step = (text: string): Promise<void> => Promise.resolve(void done.push(text));
      const { rollout } = rolloutOf({ replaced: ["master-0"], timeoutMinutes }, step);
      let grow: () => void = () => undefined;
      const place = rollout.place("master-0");
      place?.awaitFirst(pulumi.output(new Promise<void>((resolve) => (grow = resolve))));
      await delay(50);
      expect(done).toEqual([]);
      grow();
      await promiseOf(place?.turn ?? pulumi.output(undefined));
      expect(done[0]).toBe("examine master-0");
      expect(done.at(-1)).toBe("stop master-0");
    },
  );
});
