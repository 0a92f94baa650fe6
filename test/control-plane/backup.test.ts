import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backup, ObjectStorage } from "../../components/model/backup";
import { compare, type Finding } from "../../commands/restore-drill/compare.ts";
import { drillScript, readDrill, type Source } from "../../commands/restore-drill/drill.ts";
import { drillText, isWhole } from "../../commands/restore-drill/report.ts";
import { ObjectStorageServer } from "./object-storage.ts";
import { ControlPlane, type Ended } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const authorization = { mode: "RBAC" } as const;

let storage: ObjectStorageServer;
const planes: ControlPlane[] = [];

beforeAll(async () => {
  storage = await ObjectStorageServer.start();
});

afterAll(async () => {
  for (const plane of planes) await plane.stop();
  await storage.stop();
});

async function start(backup: Backup): Promise<ControlPlane> {
  const plane = await ControlPlane.start({ authorization, backup }, storage.environment);
  planes.push(plane);
  return plane;
}

const settings = (changes: Partial<ObjectStorage> = {}): ObjectStorage => ({ ...storage.settings, ...changes });
const snapshots = { intervalHours: 6, keep: 3 };

const volume = (plane: ControlPlane, name: string): string => path.join(plane.root, "var/lib/etcd", name);
const taken = (plane: ControlPlane): string[] =>
  fs
    .readdirSync(volume(plane, "snapshots"))
    .filter((name) => name.endsWith(".db"))
    .sort();

/** Takes a snapshot in a second of its own, and gives its name. */
async function take(plane: ControlPlane): Promise<string> {
  await delay(1_001);
  const { exitCode, stdout, stderr } = await plane.execute("take-snapshot.sh");
  expect([exitCode, stdout + stderr]).toEqual([0, expect.stringMatching(/^took snapshot-/)]);
  return (taken(plane).at(-1) ?? "").replace(/\.db$/, "");
}

/** What the administrator sees of objects that tests make. */
async function objects(plane: ControlPlane): Promise<unknown> {
  const { stdout } = await plane.kubectl(breakGlass, "get", "secrets,configmaps", "-n", "shop", "-o", "json");
  const { items } = JSON.parse(stdout) as { items: { kind: string; metadata: { name: string }; data: unknown }[] };
  return items
    .map(({ kind, metadata, data }) => ({ kind, name: metadata.name, data }))
    .filter(({ name }) => name !== "kube-root-ca.crt");
}

const make = (plane: ControlPlane, ...args: readonly string[]): Promise<Ended> =>
  plane.kubectl(breakGlass, "create", "-n", "shop", ...args);

/** A restore drill as an administrator runs it, but for the way to the machine. */
async function drill(plane: ControlPlane, source: Source) {
  const held = readDrill(await plane.runScript(drillScript(source)));
  const resources = compare(held);
  const sum = (kind: Finding): number => resources.reduce((total, { findings }) => total + findings[kind], 0);
  return { held, resources, sum };
}

describe("etcd with a snapshot on its volume and in object storage", () => {
  let plane: ControlPlane;
  let before: unknown;
  let first: string;

  beforeAll(async () => {
    plane = await start({ snapshots, storage: settings() });
    await plane.kubectl(breakGlass, "create", "namespace", "shop");
    await make(plane, "secret", "generic", "precious", "--from-literal=value=kept");
    await make(plane, "configmap", "settings", "--from-literal=colour=blue");
    before = await objects(plane);
    first = await take(plane);
    await make(plane, "configmap", "later", "--from-literal=colour=red");
  });

  it("has both for root alone, and the one in the storage shows nothing of what is in it", () => {
    expect(before).toHaveLength(2);
    for (const name of [`${first}.db`, `${first}.encryption-config.yaml`]) {
      expect(fs.statSync(volume(plane, `snapshots/${name}`)).mode & 0o777).toBe(0o600);
    }
    expect(storage.names()).toEqual([`${first}.sealed`]);
    const sealed = fs.readFileSync(storage.file(`${first}.sealed`));
    expect(sealed.subarray(0, 8).toString()).toBe("Salted__");
    expect(fs.readFileSync(volume(plane, `snapshots/${first}.db`)).includes("colour")).toBe(true);
    expect(sealed.includes("colour")).toBe(false);
  });

  it("passes a drill from either place, which explains what changed since and leaves nothing behind", async () => {
    await plane.kubectl(breakGlass, "label", "-n", "shop", "configmap", "settings", "shade=dark");
    const exact = await drill(plane, "volume");
    expect(exact.held).toMatchObject({ name: `${first}.db`, keys: ["key1"], liveRevision: exact.held.revision });
    expect(exact.resources.every(({ findings, snapshotCount }) => findings.same === snapshotCount)).toBe(true);
    expect(exact.sum("same")).toBeGreaterThan(100);
    // Once etcd has compacted the snapshot's revision, what it has now is explained by the revisions of its keys.
    await plane.runScript(`set -a; . /etc/kovhernetes/snapshot.env; set +a
      now=$(/opt/kovhernetes/bin/etcdctl get x -w json | sed 's/.*"revision":\\([0-9]*\\).*/\\1/')
      /opt/kovhernetes/bin/etcdctl compact "$now"`);
    const { held, resources, sum } = await drill(plane, "storage");
    expect(held.name).toBe(`s3://${storage.settings.bucket}/${storage.settings.prefix}/${first}.sealed`);
    expect(held.liveRevision).toBeGreaterThan(held.revision);
    const findings = (name: string) => resources.find(({ resource }) => resource === name)?.findings;
    expect(findings("secrets")).toMatchObject({ same: 1, changed: 0, deleted: 0, created: 0 });
    expect(findings("configmaps")).toMatchObject({ changed: 1, deleted: 0, created: 1 });
    expect(sum("same")).toBeGreaterThan(100);
    expect(isWhole(resources)).toBe(true);
    expect(drillText(held, resources)).toMatch(
      /The snapshot can be restored\. Objects that are the same in it and in the cluster: \d+; /,
    );
    expect(fs.readdirSync(path.join(plane.root, "var/tmp"))).toEqual([]);
    expect((await execa("pgrep", ["-f", `${plane.root}/var/tmp`], { reject: false })).stdout).toBe("");
  });

  it("goes to a new cluster from the storage alone, Secrets with it, once", async () => {
    const restore = `s3://${storage.settings.bucket}/${storage.settings.prefix}/${first}.sealed`;
    const other = await start({ storage: settings({ prefix: "clusters/other" }), restore });
    expect(await objects(other)).toEqual(before);
    // The authorities of both clusters, until somebody deletes what the snapshot brought (docs/operations.md).
    const authorities = async (): Promise<number> => {
      const { stdout } = await other.kubectl(
        breakGlass,
        ...["get", "configmap", "extension-apiserver-authentication", "-n", "kube-system"],
        ...["-o", "jsonpath={.data.client-ca-file}"],
      );
      return stdout.split("BEGIN CERTIFICATE").length - 1;
    };
    expect(await authorities()).toBe(2);
    await other.kubectl(breakGlass, "delete", "configmap", "extension-apiserver-authentication", "-n", "kube-system");
    await expect.poll(authorities, { timeout: 90_000, interval: 1_000 }).toBe(1);
    expect(fs.readFileSync(volume(other, "restored"), "utf8")).toBe(`${restore}\n`);
    // Whoever watched the old cluster must learn that it knows nothing of this one.
    const { stdout } = await other.kubectl(breakGlass, "get", "namespace", "shop", "-o", "jsonpath={.metadata.uid}");
    expect(stdout).toBe(
      (await plane.kubectl(breakGlass, "get", "namespace", "shop", "-o", "jsonpath={.metadata.uid}")).stdout,
    );
    await make(other, "configmap", "new", "--from-literal=colour=green");
    const after = await other.kubectl(
      breakGlass,
      "get",
      "configmap",
      "new",
      "-n",
      "shop",
      "-o",
      "jsonpath={.metadata.resourceVersion}",
    );
    expect(Number(after.stdout)).toBeGreaterThan(1_000_000_000);
    const then = await objects(other);
    await other.replace({ authorization, backup: { storage: settings(), restore } });
    expect(await objects(other)).toEqual(then);
  });

  it("comes back on the same volume, and what it replaces is kept", async () => {
    expect(await objects(plane)).toHaveLength(3);
    await plane.replace({ authorization, backup: { snapshots, restore: `${first}.db` } });
    expect(await objects(plane)).toEqual(before);
    const kept = fs.readdirSync(volume(plane, "")).filter((name) => name.startsWith("before-restore-"));
    expect(kept).toHaveLength(1);
    expect(fs.readdirSync(volume(plane, kept[0] ?? "")).sort()).toEqual(["data", "encryption-config.yaml"]);
    expect(fs.existsSync(volume(plane, "restoring"))).toBe(false);
    await expect(drill(plane, "volume")).rejects.toThrow(/etcd was restored at \w+, and .* is older: take one/);
  });

  it("keeps as many as it is told, in both places, and stores what it could not store before", async () => {
    // Another cluster's, further down: no concern of this one.
    const others = storage.file("nested/snapshot-20300101T000000Z.sealed");
    fs.mkdirSync(path.dirname(others));
    fs.writeFileSync(others, "another's");
    plane.configure({ authorization, backup: { snapshots, storage: settings({ secretKey: "wrong", keep: 2 }) } });
    await delay(1_001);
    const refused = await plane.execute("take-snapshot.sh");
    expect(refused.exitCode).toBe(1);
    expect(fs.readFileSync(path.join(plane.root, "console"), "utf8")).toMatch(
      /etcd snapshots are not in the object storage: GET https:\/\/localhost:\d+\/backups: HTTP 403 SignatureDoesNotMatch/,
    );
    expect(refused.stdout + refused.stderr).not.toContain("wrong");
    expect(taken(plane)).toHaveLength(2);
    expect(storage.names()).toEqual([`${first}.sealed`]);
    plane.configure({ authorization, backup: { snapshots, storage: settings({ keep: 2 }) } });
    await take(plane);
    await take(plane);
    const names = taken(plane);
    expect(names).toHaveLength(3);
    expect(names).not.toContain(`${first}.db`);
    expect(storage.names()).toEqual(names.slice(1).map((name) => name.replace(/\.db$/, ".sealed")));
    expect(fs.readFileSync(others, "utf8")).toBe("another's");
    expect(fs.readdirSync(volume(plane, "snapshots"))).toHaveLength(6);
  });

  it("goes on storing and keeping the real ones when somebody writes names of a time to come there", async () => {
    const bogus = ["snapshot-99990101T000000Z", "snapshot-99990102T000000Z", "snapshot-99991231T000000Z"];
    for (const name of bogus) fs.writeFileSync(storage.file(`${name}.sealed`), "bogus");
    plane.configure({ authorization, backup: { snapshots, storage: settings({ keep: 2 }) } });
    const real = [await take(plane), await take(plane)];
    expect(storage.names()).toEqual([...real, ...bogus].map((name) => `${name}.sealed`));
    expect(fs.readFileSync(path.join(plane.root, "console"), "utf8")).toContain(
      "etcd snapshot snapshot-99991231T000000Z in the object storage is named after a time to come",
    );
    const drilled = await drill(plane, "storage");
    expect(drilled.held.name).toContain(`/${real[1] ?? ""}.sealed`);
    for (const name of bogus) fs.rmSync(storage.file(`${name}.sealed`));
  });

  it.each([
    [
      "is another's under its name",
      {},
      (name: string): void => {
        const [older = ""] = storage.names();
        fs.copyFileSync(storage.file(older), storage.file(`${name}.sealed`));
      },
      "holds another snapshot than its name says",
    ],
    [
      "was altered in the storage",
      {},
      (name: string): void => {
        const file = storage.file(`${name}.sealed`);
        const content = fs.readFileSync(file);
        content[1000] = (content[1000] ?? 0) ^ 1;
        fs.writeFileSync(file, content);
      },
      "was sealed with another passphrase, or altered since",
    ],
    [
      "was sealed with another passphrase",
      { passphrase: "not the one that it was" },
      () => undefined,
      "was sealed with another passphrase",
    ],
    ["is not there", { prefix: "elsewhere" }, () => undefined, "HTTP 404 NoSuchKey"],
  ])("refuses a snapshot that %s", async (_, changes, spoil, words) => {
    const name = await take(plane);
    spoil(name);
    const target = fs.mkdtempSync(path.join(plane.root, "target-"));
    plane.configure({ authorization, backup: { storage: settings(changes) } });
    const address = `s3://${storage.settings.bucket}/${settings(changes).prefix}/${name}.sealed`;
    const { exitCode, stderr } = await plane.execute("fetch-snapshot.sh", address, target);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(words)]);
    plane.configure({ authorization, backup: { snapshots, storage: settings() } });
  });

  it("refuses a snapshot of a newer etcd before anything is recorded, which etcd would refuse at each start", async () => {
    const name = await take(plane);
    const file = volume(plane, `snapshots/${name}.db`);
    // A key and its value stand behind each other in the database; a page that was freed may hold them too.
    const [own, newer] = ["storageVersion3.6.0", "storageVersion3.7.0"];
    const text = fs.readFileSync(file).subarray(0, -32).toString("latin1");
    expect(text).toContain(own);
    const content = Buffer.from(text.replaceAll(own, newer), "latin1");
    fs.writeFileSync(file, Buffer.concat([content, createHash("sha256").update(content).digest()]));
    plane.configure({ authorization, backup: { snapshots, restore: `${name}.db` } });
    const recorded = fs.readFileSync(volume(plane, "restored"), "utf8");
    // The script waits for a minute before systemd may try again.
    const sleep = path.join(plane.root, "bin/sleep");
    fs.writeFileSync(sleep, "#!/bin/sh\n", { mode: 0o755 });
    const { exitCode, stdout } = await plane.execute("restore-etcd.sh");
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringContaining("snapshot.db is of etcd 3.7, and this is etcd 3.6:"),
    ]);
    expect(fs.readFileSync(volume(plane, "restored"), "utf8")).toBe(recorded);
    await expect(drill(plane, "volume")).rejects.toThrow("is of etcd 3.7, and this is etcd 3.6");
    // So it is: what was made without the look at the version does not start.
    const data = path.join(plane.root, "newer");
    const utility = path.join(plane.root, "opt/kovhernetes/bin/etcdutl");
    await execa(utility, ["snapshot", "restore", file, "--data-dir", data]);
    const etcd = path.join(plane.root, "opt/kovhernetes/bin/etcd");
    const started = await execa(etcd, ["--data-dir", data], { reject: false, timeout: 20_000, all: true });
    expect([started.timedOut, started.all]).toEqual([
      false,
      expect.stringContaining('version \\"3.7.0\\" is not supported'),
    ]);
    for (const made of [file, sleep]) fs.rmSync(made);
    plane.configure({ authorization, backup: { snapshots, storage: settings() } });
  });

  it("refuses a snapshot on the volume that is damaged, and leaves the data as it was", async () => {
    const name = await take(plane);
    const file = volume(plane, `snapshots/${name}.db`);
    const content = fs.readFileSync(file);
    content[5000] = (content[5000] ?? 0) ^ 1;
    fs.writeFileSync(file, content);
    const target = fs.mkdtempSync(path.join(plane.root, "target-"));
    const { exitCode, stderr } = await plane.execute("fetch-snapshot.sh", `${name}.db`, target);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`.db is damaged: its SHA-256 is not the one at its end`),
    ]);
  });
});
