import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "./support.ts";

const administrator = { name: "kubernetes-break-glass", group: "system:masters" };
const controllerManager = { name: "system:kube-controller-manager" };

describe("a controller manager whose API server is not through with its first start", () => {
  let plane: ControlPlane;
  let isPrepared = false;

  const askForHealth = () => plane.kubectl(controllerManager, "get", "--raw", "/healthz");

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
  });

  afterAll(() => plane.stop());

  it("waits while it is refused, and goes on once the API server has made the roles", async () => {
    // As before they are first made, which the API server does for itself at each start.
    for (const binding of ["system:discovery", "system:public-info-viewer"]) {
      const { stderr } = await plane.kubectl(administrator, "delete", "clusterrolebinding", binding);
      expect(stderr).toBe("");
    }
    await expect.poll(async () => (await askForHealth()).stderr, { timeout: 10_000 }).toContain("forbidden");
    const prepared = plane.prepare("kube-controller-manager").then(() => {
      isPrepared = true;
    });
    await delay(3000);
    expect(isPrepared).toBe(false);
    await plane.restartApiServer();
    await prepared;
    expect(await askForHealth()).toMatchObject({ exitCode: 0, stdout: "ok" });
  });
});
