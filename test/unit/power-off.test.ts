import { describe, expect, it } from "vitest";
import { powerOff } from "../../components/rollout/power-off";

/** What Nova answers to each look at the server, the last again and again; an error is thrown. */
type Looks = readonly [string | Error | undefined, ...(string | Error | undefined)[]];

interface Seen {
  readonly requests: readonly string[];
  readonly told: readonly string[];
  readonly seconds: number;
}

/** Stops a server of which Nova says one after another, by a clock that costs no time. */
async function stopped(looks: Looks, refuse?: Error): Promise<Seen> {
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
      return Promise.resolve(look === undefined ? undefined : { server: { status: look } });
    },
  };
  const tell = (line: string): void => void told.push(line);
  const pause = (milliseconds: number) => Promise.resolve((time += milliseconds));
  await powerOff(cloud, "b1", { hostName: "dev-master-0", report: tell, warn: tell, pause, now: () => time });
  return { requests, told, seconds: time / 1000 };
}

const look = "compute/servers/b1 {}";
const stop = 'compute/servers/b1/action {"body":{"os-stop":null}}';

describe("shutting a machine down before its volume is taken", () => {
  it("asks once, and waits until it no longer runs", async () => {
    const { requests, told } = await stopped(["ACTIVE", "ACTIVE", "ACTIVE", "SHUTOFF"]);
    expect(requests).toEqual([look, stop, look, look, look]);
    expect(told).toEqual(["dev-master-0: shutting down"]);
  });

  it.each([["SHUTOFF"], ["ERROR"], ["PAUSED"], [undefined]])("leaves alone what does not run: %s", async (status) => {
    expect((await stopped([status])).requests).toEqual([look]);
  });

  it("asks again a cloud that fails for a moment", async () => {
    const { requests, told } = await stopped([new Error("Nova answered 503"), "ACTIVE", new Error("lost"), "SHUTOFF"]);
    expect(requests).toEqual([look, look, stop, look, look]);
    expect(told).toEqual(["dev-master-0: shutting down"]);
  });

  it.each([
    ["does not answer", stopped([new Error("certificate has expired")])],
    ["does not allow it", stopped(["ACTIVE"], new Error("Nova answered 403: certificate has expired"))],
  ])("goes on with a warning where the cloud %s", async (_, seen) => {
    const { told, seconds } = await seen;
    expect(told).toEqual([expect.stringMatching(/^dev-master-0 is replaced without being shut down: .*has expired$/)]);
    expect(seconds).toBeLessThan(60);
  });

  it("touches no volume of a machine that does not stop, and says what to do", async () => {
    await expect(stopped(["ACTIVE"])).rejects.toThrow(
      /dev-master-0 was told to shut down, and runs still after 5 minutes\.\n.*`openstack server delete --wait dev-master-0`/,
    );
  });
});
