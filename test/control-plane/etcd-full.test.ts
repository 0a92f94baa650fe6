import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlPlane } from "./support.ts";

const administrator = { name: "test", group: "system:masters" };

/** The commands that docs/operations.md gives, as the master's shell gets them. */
function documentedRemedy(): string {
  const document = fs.readFileSync("docs/operations.md", "utf8");
  const [, commands] =
    /<!-- begin nospace -->[^]*?sudo sh -eu <<'END'\n([^]*?)\nEND\n[^]*?<!-- end nospace -->/.exec(document) ?? [];
  if (commands === undefined) throw new Error("docs/operations.md has no commands for an etcd that is full");
  return `set -eu\n${commands}\n`;
}

/** On a file system of its own, whose size chooses etcd's quota: 64 MiB, the least that there is. */
describe("an etcd that is full", () => {
  let plane: ControlPlane;
  let storage: string;
  let made = 0;

  beforeAll(async () => {
    plane = await ControlPlane.start({});
    storage = path.join(plane.root, "var/lib/etcd");
    fs.rmSync(path.join(plane.root, "bin/stat"));
    await plane.replace({}, undefined, async () => {
      await execa("mount", ["-t", "tmpfs", "-o", "size=640m", "tmpfs", storage]);
    });
  });

  afterAll(async () => {
    await plane.stop(() => execa("umount", [storage], { reject: false }));
  });

  /** Makes objects of 900 KB until one is refused. @returns the reason, or nothing when all were made */
  async function fill(most: number, atOnce: number): Promise<string> {
    const data = { text: "x".repeat(900_000) };
    for (const end = made + most; made < end;) {
      const items = Array.from({ length: atOnce }, () => ({
        ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `filling-${String((made += 1))}` }, data },
      }));
      const list = plane.file("list.json", { apiVersion: "v1", kind: "List", items });
      const args = ["create", "--validate=false", "--request-timeout=5s", "-f", list];
      const { exitCode, stderr } = await plane.kubectl(administrator, ...args);
      if (exitCode !== 0) return stderr;
    }
    return "";
  }
  const create = (name: string) => plane.kubectl(administrator, "create", "configmap", name, "--from-literal=one=1");
  const read = (name: string) => plane.kubectl(administrator, "get", "configmap", name, "-o", "jsonpath={.data.one}");

  it("raises its alarm; the API goes on to read and to delete, and writes again after the documented commands", async () => {
    expect(await create("before")).toMatchObject({ exitCode: 0 });
    expect(await fill(120, 8)).toContain("etcdserver: mvcc: database space exceeded");
    const refused = await create("refused");
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("space exceeded") as string });
    expect(await read("before")).toMatchObject({ exitCode: 0, stdout: "1" });
    const all = Array.from({ length: made }, (_, index) => `filling-${String(index + 1)}`);
    const deleted = await plane.kubectl(administrator, "delete", "configmap", "--ignore-not-found", ...all);
    expect(deleted.stderr).toBe("");
    // Room alone does not end it.
    expect(await create("refused")).toMatchObject({ exitCode: 1 });
    const size = fs.statSync(path.join(storage, "data/member/snap/db")).size;
    await plane.runScript(documentedRemedy());
    expect(fs.statSync(path.join(storage, "data/member/snap/db")).size).toBeLessThan(size / 4);
    expect(await create("after")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("on a disk that something else filled ends, loses nothing, and comes back once there is room", async () => {
    const filler = path.join(storage, "filler");
    await execa("dd", ["if=/dev/zero", `of=${filler}`, "bs=1M"], { reject: false });
    expect(await fill(80, 1)).not.toBe("");
    expect(plane.log("etcd")).toContain("no space left on device");
    fs.rmSync(filler);
    // Told to end, it would wait for the requests that wait for etcd.
    process.kill(plane.running.get("kube-apiserver") ?? NaN, "SIGKILL");
    await plane.replace({});
    expect(await read("after")).toMatchObject({ exitCode: 0, stdout: "1" });
    expect(await create("at-last")).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
