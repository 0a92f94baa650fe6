import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ConfigurationError } from "../../components/config/problems";
import { pretendCloud, refuseCalls, runProgram, type ProviderCall } from "../support/mocks";
import { directAccess, exampleCluster, examplePool, privateAccess } from "./example-cluster";

const imageToken = "openstack:images/getImage:getImage";
const flavorToken = "openstack:compute/getFlavor:getFlavor";
const networkToken = "openstack:networking/getNetwork:getNetwork";

/** An error as the engine words it around the provider's own. */
const envelope = ({ token }: ProviderCall, reason: string): string =>
  `invocation of ${token} returned an error: invoking ${token}: 1 error occurred:\n\t* ${reason}\n\n`;

let checkCloud: typeof import("../../components/cloud-check").checkCloud;
beforeAll(async () => {
  await pretendCloud();
  ({ checkCloud } = await import("../../components/cloud-check.ts"));
});
afterEach(() => {
  refuseCalls(() => undefined);
  vi.unstubAllEnvs();
});

async function problemsOf(config = exampleCluster()) {
  const error = await checkCloud(config).then(
    () => undefined,
    (reason: unknown) => reason as ConfigurationError,
  );
  expect(error?.name).toBe("ConfigurationError");
  return error?.problems ?? [];
}

describe("checkCloud", () => {
  it("asks for every image, flavor and external network once, and makes nothing", async () => {
    const pools = [
      examplePool("small", 1, 15),
      { ...examplePool("large", 1, 20), flavor: "b3-64", image: "debian-12" },
    ];
    const { calls, resources } = await runProgram(() => checkCloud(exampleCluster({ nodePools: pools })));
    const asked = calls.map(({ token, inputs }) => `${token} ${String(inputs["name"])}`);
    expect(asked.sort()).toEqual([
      `${flavorToken} b3-16`,
      `${flavorToken} b3-64`,
      `${flavorToken} b3-8`,
      `${imageToken} debian-12`,
      `${imageToken} debian-13`,
      `${networkToken} Ext-Net`,
    ]);
    expect(resources).toEqual([]);
  });

  it("asks for no external network where machines are private", async () => {
    const { calls } = await runProgram(() => checkCloud(exampleCluster({ access: privateAccess })));
    expect(calls.map(({ token }) => token)).not.toContain(networkToken);
  });

  it("lists all that the cloud does not know together, each with key, value and the cloud's own reason", async () => {
    refuseCalls((call) => envelope(call, `no ${String(call.inputs["name"])} here`));
    const pools = [
      examplePool("small", 1, 15),
      { ...examplePool("large", 1, 20), flavor: "b3-64", image: "debian-12" },
    ];
    const problems = await problemsOf(exampleCluster({ nodePools: pools }));
    expect(problems.map(({ key, value }) => [key, value])).toEqual([
      ["master.image", "debian-13"],
      ["master.flavor", "b3-16"],
      ["nodePools.small.flavor", "b3-8"],
      ["nodePools.large.image", "debian-12"],
      ["nodePools.large.flavor", "b3-64"],
      ["externalNetwork", "Ext-Net"],
    ]);
    for (const { value, reason, remedy } of problems) {
      expect(reason).toBe(`the cloud says: 1 error occurred: * no ${value} here`);
      expect(remedy).toContain("openstack ");
    }
  });

  it("lists only what is wrong", async () => {
    refuseCalls((call) =>
      call.inputs["name"] === "Ext-Net" ? envelope(call, "Your query returned no results") : undefined,
    );
    expect((await problemsOf()).map(({ key }) => key)).toEqual(["externalNetwork"]);
  });

  it("names the key of all machines for what all machines share", async () => {
    refuseCalls((call) => (call.token === networkToken ? undefined : envelope(call, "not found")));
    const masters = { ...exampleCluster().masters, flavor: "b3-8" };
    expect((await problemsOf(exampleCluster({ masters }))).map(({ key }) => key)).toEqual(["image", "flavor"]);
  });

  it("makes one problem of a cloud that cannot be entered", async () => {
    vi.stubEnv("OS_AUTH_URL", "https://keystone.example/v3");
    refuseCalls((call) => envelope(call, "Authentication failed: 401"));
    const problems = await problemsOf();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ key: "openstack:*", value: "https://keystone.example/v3" });
    expect(problems[0]?.reason).toContain("Authentication failed");
    expect(problems[0]?.remedy).toContain("OS_AUTH_URL");
  });

  it("does not blame credentials when only some questions end so", async () => {
    refuseCalls((call) => envelope(call, call.token === imageToken ? "connection refused" : "not found"));
    const problems = await problemsOf(exampleCluster({ access: directAccess }));
    expect(problems.map(({ key }) => key)).not.toContain("openstack:*");
    expect(problems).toHaveLength(4);
  });
});
