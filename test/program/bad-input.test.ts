import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureEngine } from "../../lab/engine/engine.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { refusal } from "./support.ts";

describe("a stack file with mistakes, put to the real engine", () => {
  let stack: LabStack;

  beforeAll(async () => {
    // No cloud is asked: an address where nothing listens would show if one were.
    const environment = { OS_AUTH_URL: "http://127.0.0.1:9/v3", OS_REGION_NAME: "RegionOne" };
    stack = new LabStack("mistakes", await ensureEngine(console.log), { environment, incarnation: "none" });
  });

  afterAll(() => {
    stack.forget();
  });

  it("is answered with every mistake at once: key, value, reason and remedy, and no stack trace", async () => {
    await stack.configure({
      image: "Debian 13",
      flavour: "b3-8",
      externalNetwork: "Ext-Net",
      sshPublicKey: "not a key",
      adminCidrs: ["203.0.113.7/33"],
      hostCidr: "192.168.0.0/28",
      podCidr: "10.0.0.0/16",
      kubernetesVersion: "1.12.0",
    });
    const text = await refusal(stack, ["preview"]);
    for (const part of ["flavour", "flavor", "sshPublicKey", "203.0.113.7/33", "192.168.0.0/28", "podCidr", "1.12.0"]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(text).not.toContain("127.0.0.1:9");
  });

  it("registers nothing before it is right", async () => {
    const state = JSON.parse(await stack.run(["stack", "export"])) as { deployment: { resources?: unknown[] } };
    expect(state.deployment.resources ?? []).toEqual([]);
  });

  it("reports a cloud that does not answer, with what to check", async () => {
    await stack.configure({
      image: "Debian 13",
      flavor: "b3-8",
      externalNetwork: "Ext-Net",
      sshPublicKey: await stack.sshPublicKey(),
      adminCidrs: ["203.0.113.7/32"],
    });
    const text = await refusal(stack, ["preview"], {
      OS_USERNAME: "nobody",
      OS_PASSWORD: "none",
      OS_PROJECT_NAME: "none",
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_DOMAIN_NAME: "Default",
    });
    expect(text).toContain("OS_AUTH_URL");
    expect(text).toMatch(/connection refused/);
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });
});
