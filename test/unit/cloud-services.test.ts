import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { CloudServices, type Entrance } from "../../components/cloud/services";
import { HttpCloud } from "../support/http-cloud";

let cloud: HttpCloud;
beforeAll(async () => {
  cloud = await HttpCloud.start();
});
afterAll(() => cloud.stop());
beforeEach(() => {
  cloud.reset();
});

const entrance = (token = "first"): Entrance => ({ url: (type) => `${cloud.address}/${type}`, token });
const ask = (services: CloudServices, path = "/servers/1") => services.ask("Nova", (url) => `${url("compute")}${path}`);

describe("a token that could not be had", () => {
  it("is asked for again with the next question", async () => {
    const enter = vi.fn<() => Promise<Entrance>>();
    enter.mockRejectedValueOnce(new Error("but got 503 instead: busy")).mockResolvedValue(entrance());
    cloud.answer("/compute/servers/1", { server: { status: "ACTIVE" } });
    const services = new CloudServices(enter, 5_000);
    await expect(ask(services)).rejects.toThrow("503");
    expect(await ask(services)).toEqual({ server: { status: "ACTIVE" } });
    expect(await ask(services)).toEqual({ server: { status: "ACTIVE" } });
    expect(enter).toHaveBeenCalledTimes(2);
  });

  it("is asked for again when it has ended, and not when a new one is refused", async () => {
    const tokens = ["first", "second", "third"];
    const services = new CloudServices(() => Promise.resolve(entrance(tokens.shift())), 5_000);
    cloud.answer("/compute/servers/1", { server: {} }, 401, { server: {} });
    await ask(services);
    expect(await ask(services)).toEqual({ server: {} });
    expect(cloud.requests.map(({ token }) => token)).toEqual(["first", "first", "second"]);
    cloud.answer("/compute/servers/1", 401);
    await expect(ask(services)).rejects.toMatchObject({ status: 401 });
    expect(cloud.requests.map(({ token }) => token).slice(3)).toEqual(["second", "third"]);
  });
});

describe("an answer", () => {
  it("is what the service says, nothing for what it does not know, and its status where it refuses", async () => {
    const services = new CloudServices(() => Promise.resolve(entrance()), 5_000);
    expect(await ask(services)).toBeUndefined();
    cloud.answer("/compute/servers/1", { status: 202, body: "" }, { status: 409, body: "no: timeout" });
    expect(await ask(services)).toBeNull();
    await expect(ask(services)).rejects.toMatchObject({ status: 409, message: "Nova answered 409: no: timeout" });
  });
});
