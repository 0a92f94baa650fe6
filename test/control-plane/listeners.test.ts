import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "./support.ts";

const administrator = { name: "kubernetes-break-glass", group: "system:masters" };
const components = ["kube-controller-manager", "kube-scheduler"] as const;

describe.each([["AlwaysAllow"], ["RBAC"]] as const)("a master under %s", (mode) => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode } });
  });

  afterAll(() => plane.stop());

  it.each(components)("has a %s that tells strangers no more than that it works", async (component) => {
    const port = await plane.runComponent(component);
    const ask = (path: string, user?: typeof administrator) => plane.statusOf(`https://127.0.0.1:${port}${path}`, user);
    await expect.poll(() => ask("/healthz"), { timeout: 120_000, interval: 500 }).toBe(200);
    for (const path of ["/configz", "/metrics"]) {
      expect([path, await ask(path), await ask(path, administrator)]).toEqual([path, 403, 200]);
    }
  });

  it.each([
    ["kube-scheduler", 1],
    ["kube-controller-manager", "SIGTERM"],
  ] as const)(
    "has a %s that ends with a status that its unit counts as clean when it is told to",
    async (component, status) => {
      expect(await plane.endProgram(component)).toBe(status);
      // The first two are clean by themselves: systemd.service(5).
      expect(["0", "SIGTERM", ...plane.service(component, "SuccessExitStatus")]).toContain(String(status));
    },
  );

  it("takes no Service with addresses of its own choice, unless told so", async () => {
    const service = plane.file("service.json", {
      ...{ apiVersion: "v1", kind: "Service", metadata: { name: "taker", namespace: "default" } },
      spec: { ports: [{ port: 6443 }], selector: { app: "taker" }, externalIPs: ["192.168.0.10"] },
    });
    const create = () => plane.kubectl(administrator, "create", "-f", service);
    expect((await create()).stderr).toContain("Use of external IPs is denied by admission control");
    await plane.replace({ authorization: { mode }, serviceExternalIps: true });
    expect(await create()).toMatchObject({ exitCode: 0 });
  });
});
