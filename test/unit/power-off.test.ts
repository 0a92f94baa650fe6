import { describe, expect, it } from "vitest";
import { serverStanding } from "../../components/readiness/server-state";
import { examinePower, powerOff } from "../../components/rollout/power-off";

/** What Nova answers to each look at the server, the last again and again: a status, or more of it; an error is thrown. */
type Look = string | Error | undefined | { readonly status: string; readonly power?: number; readonly task?: string };
type Looks = readonly [Look, ...Look[]];

interface Seen {
  readonly requests: readonly string[];
  readonly told: readonly string[];
  readonly seconds: number;
  /** The words with which it failed. */
  readonly failure: string | undefined;
}

/** Does something to a server of which Nova says one after another, by a clock that costs no time. */
async function seen(work: typeof powerOff, looks: Looks, refuse?: Error): Promise<Seen> {
  const requests: string[] = [];
  const told: string[] = [];
  const left = [...looks];
  let time = 0;
  const cloud = {
    ask: (_: string, address: (url: (type: string) => string) => string, question = {}) => {
      requests.push(`${address((type) => type)} ${JSON.stringify(question)}`);
      if ("body" in question) return refuse === undefined ? Promise.resolve(null) : Promise.reject(refuse);
      const look = left.length > 1 ? left.shift() : left[0];
      if (look instanceof Error) return Promise.reject(look);
      if (look === undefined) return Promise.resolve(undefined);
      const { status, power, task } = typeof look === "string" ? { status: look } : look;
      return Promise.resolve({
        server: { status, "OS-EXT-STS:power_state": power, "OS-EXT-STS:task_state": task ?? null },
      });
    },
  };
  const report = (line: string): void => void told.push(line);
  const pause = (milliseconds: number) => Promise.resolve((time += milliseconds));
  const failure = await work(cloud, "b1", { hostName: "dev-master-0", report, pause, now: () => time }).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  return { requests, told, seconds: time / 1000, failure };
}

const stopped = (looks: Looks, refuse?: Error): Promise<Seen> => seen(powerOff, looks, refuse);
const look = "compute/servers/b1 {}";
const stop = 'compute/servers/b1/action {"body":{"os-stop":null}}';

/** Every status of Nova's reference (https://docs.openstack.org/api-ref/compute/#list-servers), and what is right for a master's volume. */
const off = ["SHUTOFF", "DELETED", "SOFT_DELETED", "SHELVED", "SHELVED_OFFLOADED"];
const passing = ["BUILD", "HARD_REBOOT", "MIGRATING", "PASSWORD", "REBOOT", "REBUILD", "RESIZE", "REVERT_RESIZE"];
const held = [
  ["PAUSED", "unpause"],
  ["RESCUE", "unrescue"],
  ["SUSPENDED", "resume"],
  ["VERIFY_RESIZE", "resize confirm"],
] as const;

describe("shutting a machine down before its volume is taken", () => {
  it("asks once, and waits until it no longer runs", async () => {
    const { requests, told, failure } = await stopped(["ACTIVE", "ACTIVE", "ACTIVE", "SHUTOFF"]);
    expect(requests).toEqual([look, stop, look, look, look]);
    expect(told).toEqual(["dev-master-0: shutting down"]);
    expect(failure).toBeUndefined();
  });

  it.each([...off, undefined])("leaves alone what does not run: %s", async (status) => {
    expect(await stopped([status])).toMatchObject({ requests: [look], failure: undefined });
  });

  it.each(passing)("waits for what passes, and shuts down what runs then: %s", async (status) => {
    const { requests, failure } = await stopped([status, status, "ACTIVE", "SHUTOFF"]);
    expect(requests).toEqual([look, look, look, stop, look]);
    expect(failure).toBeUndefined();
    const never = await stopped([status]);
    expect(never.requests).not.toContain(stop);
    expect(never.failure).toMatch(
      /^dev-master-0 was not shut down: the cloud is doing something else to it, for 5 minutes/,
    );
  });

  it("waits for one that somebody is just starting", async () => {
    const starting = { status: "SHUTOFF", task: "powering-on" };
    const { requests, failure } = await stopped([starting, "ACTIVE", "SHUTOFF"]);
    expect(requests).toEqual([look, look, stop, look]);
    expect(failure).toBeUndefined();
  });

  it.each(held)(
    "refuses at once what nobody shuts down, before and after the drain, and says what ends it: %s",
    async (status, remedy) => {
      for (const work of [examinePower, powerOff]) {
        const { requests, failure } = await seen(work, [status]);
        expect(requests).toEqual([look]);
        expect(failure).toContain(`its server is ${status}; its volume was not touched.`);
        expect(failure).toContain(`\`openstack server ${remedy} dev-master-0\``);
      }
    },
  );

  it.each(["ERROR", "UNKNOWN", "A_NEW_WORD"])("never takes the volume of one that may run: %s", async (status) => {
    const running = await stopped([{ status, power: 1 }]);
    expect(running.requests[1]).toBe(stop);
    expect(running.failure).toMatch(/was not shut down: .*in which it may run, for 5 minutes/);
    expect((await stopped([status])).failure).toBeDefined();
    expect(
      await stopped([
        { status, power: 1 },
        { status, power: 4 },
      ]),
    ).toMatchObject({ failure: undefined });
    expect(await stopped([{ status, power: 0 }])).toMatchObject({ requests: [look], failure: undefined });
  });

  it("knows every status of the reference", () => {
    const known = [...off, ...passing, ...held.map(([status]) => status), "ACTIVE", "ERROR", "UNKNOWN"];
    expect(known).toHaveLength(20);
    expect(known.filter((status) => serverStanding(status).is === "failed")).toEqual(["ERROR", "UNKNOWN"]);
  });

  it("asks again a cloud that fails for a moment, or does something else to the machine", async () => {
    const { requests, told, failure } = await stopped([
      ...([new Error("Nova answered 503"), "ACTIVE", new Error("lost"), "SHUTOFF"] as const),
    ]);
    expect(requests).toEqual([look, look, stop, look, look]);
    expect(told).toContain("dev-master-0: shutting down");
    expect(failure).toBeUndefined();
    const busy = await stopped(["ACTIVE"], new Error("Nova answered 409: it is in task_state image_snapshot"));
    expect(busy.seconds).toBeGreaterThan(290);
    expect(busy.failure).toContain("image_snapshot");
  });

  it.each([
    ["does not answer", stopped([new Error("certificate has expired")])],
    ["does not allow it", stopped(["ACTIVE"], new Error("Nova answered 403: certificate has expired"))],
  ])("touches no volume where the cloud %s, and says what to do", async (_, result) => {
    const { failure } = await result;
    expect(failure).toMatch(/^dev-master-0 was not shut down: .*has expired/);
    expect(failure).toMatch(/Its volume was not touched\. .*`sudo poweroff`/);
  });

  it("touches no volume of a machine that does not stop, and says what to do", async () => {
    expect((await stopped(["ACTIVE"])).failure).toMatch(
      /was told to shut down, and runs still, for 5 minutes\.\n[^]*`openstack server delete --wait dev-master-0`/,
    );
  });

  it("is examined before anything is done to the machine: one that runs, is off or failed may be shut down later", async () => {
    for (const status of ["ACTIVE", "SHUTOFF", "ERROR", undefined]) {
      expect(await seen(examinePower, [status])).toMatchObject({ requests: [look], failure: undefined });
    }
    expect((await seen(examinePower, ["REBOOT", "ACTIVE"])).requests).toEqual([look, look]);
  });
});
