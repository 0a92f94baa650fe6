import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runningCluster } from "../../commands/rotate/cluster.ts";
import { rotateKey, type RotatingCluster } from "../../commands/rotate/rotate.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };

describe("rotation of the key of Secrets, on etcd and an API server", () => {
  let plane: ControlPlane;
  let cluster: RotatingCluster;

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
    cluster = runningCluster(await plane.administrator(), (script) => plane.runScript(script));
    for (const name of ["first", "second"]) {
      await plane.kubectl(breakGlass, "create", "secret", "generic", name, `--from-literal=value=${name}`);
    }
  });

  afterAll(() => plane.stop());

  const valueOf = async (name: string): Promise<string> =>
    (await plane.kubectl(breakGlass, "get", "secret", name, "-o", "jsonpath={.data.value}")).stdout;

  it("leaves every Secret readable, and none that the old key could decrypt", async () => {
    const configuration = path.join(plane.root, "var/lib/etcd/encryption-config.yaml");
    const oldKey = /secret: (\S+)/.exec(fs.readFileSync(configuration, "utf8"))?.[1] ?? "";
    expect(oldKey).toHaveLength(44);
    expect(await cluster.stored()).toEqual(new Map([["key1", 2]]));
    const lines: string[] = [];
    expect(await rotateKey(cluster, (line) => lines.push(line))).toBe("key2");
    expect(await cluster.stored()).toEqual(new Map([["key2", 2]]));
    expect(fs.readFileSync(configuration, "utf8")).not.toContain(oldKey);
    expect(fs.readFileSync(configuration, "utf8").match(/name: /g)).toHaveLength(1);
    expect(fs.statSync(configuration).mode & 0o777).toBe(0o600);
    expect(await valueOf("first")).toBe(Buffer.from("first").toString("base64"));
    expect(lines).toContain("encrypted 2 Secrets with key2");
  });

  it("leaves nothing that a restarted API server could not read", async () => {
    await plane.restartApiServer();
    expect(await valueOf("second")).toBe(Buffer.from("second").toString("base64"));
  });
});
