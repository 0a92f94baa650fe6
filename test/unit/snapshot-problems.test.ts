import { describe, expect, test } from "vitest";
import { problemsOf } from "./config-values";

const s3 = {
  ...{ endpoint: "https://s3.example", region: "gra", bucket: "backups", accessKey: "somebody" },
  ...{ secretKey: "hunter2", passphrase: "correct horse battery" },
};
const secret = ["etcdSnapshots"];
const containing = (text: string): unknown => expect.stringContaining(text);

describe("what is wrong with snapshots and restores", () => {
  test.each([
    ["endpoint", "http://s3.example", "is not an https address", "https://s3.gra"],
    ["endpoint", "https://me:pw@s3.example", "more than the address of a server", "https://s3.gra"],
    ["endpoint", "https://s3.example/bucket", "more than the address of a server", "https://s3.gra"],
    ["bucket", "Backups", "is not a bucket", "a bucket that exists"],
    ["prefix", "/a", "is not a prefix of keys", "a path such as"],
    ["prefix", "a/../b", "is not a prefix of keys", "a path such as"],
    ["secretKey", "hunter2 hunter3", "has blanks", "the secret key"],
    ["passphrase", "hunter2", "is not a line of 20 to 500", "openssl rand"],
    ["passphrase", `${"x".repeat(20)}\ny`, "is not a line of 20 to 500", "openssl rand"],
    ["region", undefined, "is not given", "give it"],
  ])("%s %j", (field, value, reason, remedy) => {
    const problems = problemsOf({ etcdSnapshots: { s3: { ...s3, [field]: value } } }, secret);
    expect(problems).toMatchObject([
      { key: `etcdSnapshots.s3.${field}`, reason: containing(reason), remedy: containing(remedy) },
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test.each([
    [{ intervalHours: 5 }, "etcdSnapshots.intervalHours", "5", "does not divide 24", "1, 2, 3, 4, 6, 8, 12, 24"],
    [{ intervalHours: 48 }, "etcdSnapshots.intervalHours", "48", "out of range", "from 1 to 24"],
    [{ keep: 0 }, "etcdSnapshots.keep", "0", "out of range", "from 1 to 1000"],
    [{ intervalHour: 6 }, "etcdSnapshots.intervalHour", "6", "not a known key", "write etcdSnapshots.intervalHours"],
    [7, "etcdSnapshots", "7", "is not an object", "means: Snapshots"],
  ])("%j", (etcdSnapshots, key, value, reason, remedy) => {
    expect(problemsOf({ etcdSnapshots })).toEqual([
      { key, value, reason: containing(reason), remedy: containing(remedy) },
    ]);
  });

  test("secrets of which a stack's file keeps none encrypted are refused, and not repeated", () => {
    const problems = problemsOf({ etcdSnapshots: { s3 } });
    expect(problems).toMatchObject([{ key: "etcdSnapshots.s3", remedy: containing("--secret") }]);
    expect(problemsOf({ etcdSnapshots: { s3 } }, secret)).toEqual([]);
    // Whatever is wrong with the key, none of what it holds is shown.
    for (const etcdSnapshots of [
      { s3: JSON.stringify(s3) },
      { s3: [s3] },
      [s3],
      { s3: { ...s3, secret: "hunter2" } },
    ]) {
      expect(JSON.stringify(problemsOf({ etcdSnapshots }))).not.toMatch(/hunter2|correct horse/);
    }
  });

  test.each([
    ["yesterday's", {}, "names no snapshot", "snapshot-20261127T145800Z.db"],
    ["../snapshot-20261127T145800Z.db", {}, "names no snapshot", "in /var/lib/etcd/snapshots"],
    ["s3://bucket/../snapshot-20261127T145800Z.sealed", {}, "names no snapshot", "s3://BUCKET/PREFIX"],
    ["s3://backups/prod/yesterday.sealed", {}, "names no snapshot", "s3://BUCKET/PREFIX"],
    [
      "s3://backups/prod/snapshot-20261127T145800Z.sealed",
      {},
      "etcdSnapshots.s3 is not given",
      "give etcdSnapshots.s3",
    ],
    ["snapshot-20261127T145800Z.db", { etcdVolume: false }, "etcdVolume is off", "give s3://"],
  ])("restore of %s", (etcdRestore, changes, reason, remedy) => {
    expect(problemsOf({ etcdRestore, ...changes })).toEqual([
      { key: "etcdRestore", value: etcdRestore, reason: containing(reason), remedy: containing(remedy) },
    ]);
  });
});
