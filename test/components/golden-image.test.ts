import { beforeAll, describe, expect, it } from "vitest";
import type { ImageSettings } from "../../golden-image/settings";
import { pretendCloud, runProgram } from "../support/mocks";

/** The program of the cloud's machine that becomes an image, on a pretended cloud. */
describe("the machine that becomes an image", () => {
  let builderModule: typeof import("../../golden-image/builder");
  let settingsModule: typeof import("../../golden-image/settings");

  beforeAll(async () => {
    await pretendCloud();
    builderModule = await import("../../golden-image/builder.ts");
    settingsModule = await import("../../golden-image/settings.ts");
  });

  const made = async (raw: Readonly<Record<string, unknown>>) => {
    const result = settingsModule.validateImageSettings({ image: "Debian 12", flavor: "b3-8", ...raw });
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    const settings: ImageSettings = result.settings;
    const { resources, calls } = await runProgram(
      (options) => new builderModule.Builder("builder", { settings, hostName: "kovhernetes-image-test" }, options),
    );
    const only = resources.filter(({ type }) => type.startsWith("openstack:"));
    return { resources: only, calls, types: only.map(({ type }) => type.split(":").at(-1)).sort() };
  };

  it.each([
    ["on the external network", { externalNetwork: "Ext-Net" }, ["Instance", "Port", "SecGroup"]],
    ["on a network that exists", { network: "shared" }, ["Instance", "Port", "SecGroup"]],
    [
      "behind a router",
      { externalNetwork: "Ext-Net", access: "floatingIp" },
      ["Instance", "Network", "Port", "Router", "RouterInterface", "SecGroup", "Subnet"],
    ],
  ])(
    "is made %s, with nothing else: no key pair, no address from outside, no rule that lets something in",
    async (_, raw, types) => {
      expect((await made(raw)).types).toEqual(types);
    },
  );

  it("has every child below a parent, and a server that is neither started again nor rebuilt in place", async () => {
    const { resources } = await made({ externalNetwork: "Ext-Net" });
    expect(resources.filter(({ parent }) => parent === undefined)).toEqual([]);
    const server = resources.find(({ type }) => type === "openstack:compute/instance:Instance");
    expect(server?.options).toMatchObject({
      ignoreChanges: ["powerState"],
      replaceOnChanges: ["imageName", "flavorName"],
      deleteBeforeReplace: true,
    });
    expect(server?.inputs).toMatchObject({ imageName: "Debian 12", flavorName: "b3-8", configDrive: true });
    expect(server?.inputs).not.toHaveProperty("keyPair");
  });
});
