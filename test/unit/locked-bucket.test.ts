import { beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { LockedBucket } from "../support/locked-bucket";
import { MachineRoot } from "../support/machine-root";

let machine: MachineRoot;
const buckets: LockedBucket[] = [];

beforeEach(() => {
  machine = new MachineRoot();
  return () => {
    machine.remove();
    for (const bucket of buckets.splice(0)) bucket.stop();
  };
});

const names = ["snapshot-20240101T000000Z", "snapshot-20240101T060000Z", "snapshot-20240101T120000Z"] as const;
const keyOf = (name: string): string => `p/${name}.sealed`;

/** A master with these snapshots, which keeps so many in a bucket that locks what it holds: all but the newest, since sealing takes long. */
async function install(keep: number, ...refusal: Parameters<typeof LockedBucket.start>): Promise<LockedBucket> {
  const bucket = await LockedBucket.start(...refusal);
  buckets.push(bucket);
  const storage = {
    ...{ endpoint: bucket.endpoint, region: "r", bucket: "bucket", prefix: "p", keep },
    ...{ accessKey: "a", secretKey: "s", passphrase: "correct horse battery staple" },
  };
  const backup = { snapshots: { intervalHours: 6, keep: 28 }, storage };
  machine.install(renderMaster({ ...masterDescription, backup }));
  for (const name of names.slice(0, -1)) bucket.objects.set(keyOf(name), Buffer.from("sealed before"));
  for (const name of names) {
    machine.write(`var/lib/etcd/snapshots/${name}.db`, `the snapshot ${name}`);
    machine.write(`var/lib/etcd/snapshots/${name}.encryption-config.yaml`, "its keys");
  }
  return bucket;
}

describe("a bucket with object lock and a default retention", () => {
  it("takes what the master stores: each upload has a digest that is right, and signed", async () => {
    const bucket = await install(28);
    expect(await machine.run("upload-snapshots.sh")).toMatchObject({ code: 0 });
    expect([...bucket.objects.keys()]).toEqual(names.map(keyOf));
    expect(machine.console()).toBe("");
  });

  it("takes a file of several pieces, byte for byte", async () => {
    const bucket = await install(28);
    const content = Buffer.alloc(3 * 1024 * 1024 + 17, "piece by piece");
    machine.write("run/large", content);
    const { code } = await machine.run("object-storage.py", { args: ["put", machine.at("run/large"), "large"] });
    expect(code).toBe(0);
    expect(bucket.objects.get("p/large")?.equals(content)).toBe(true);
  });

  it.each([
    [403, "AccessDenied"],
    [409, "Conflict"],
  ] as const)("may refuse deletions with %i %s, which is said once and fails nothing", async (status, code) => {
    const bucket = await install(1, [status, code]);
    expect(await machine.run("upload-snapshots.sh")).toMatchObject({ code: 0 });
    expect(bucket.deletions).toEqual(names.slice(0, 2).map(keyOf));
    expect([...bucket.objects.keys()]).toEqual(names.map(keyOf));
    const lines = machine.console().trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`old etcd snapshots stay in the object storage: DELETE .*: HTTP ${status} ${code} `),
      ),
    ]);
    expect(lines[0]).not.toContain("problem:");
  });

  it("fails the run by any other answer to a deletion", async () => {
    const bucket = await install(1, [400, "InvalidRequest"]);
    expect(await machine.run("upload-snapshots.sh")).toMatchObject({ code: 1 });
    expect(bucket.deletions).toHaveLength(1);
    expect(machine.console()).toMatch(/problem: etcd snapshots are not in the object storage: DELETE .*InvalidRequest/);
  });
});
