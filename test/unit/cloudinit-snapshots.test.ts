import { execFileSync } from "node:child_process";
import * as path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUserData, renderMaster } from "../../cloudinit";
import type { Backup, ObjectStorage } from "../../components/model/backup";
import { userDataLimit } from "../../cloudinit/user-data";
import { fakePair, masterDescription } from "../support/descriptions";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";

const storage: ObjectStorage = {
  endpoint: "https://s3.example",
  region: "gra",
  bucket: "backups",
  prefix: "prod",
  keep: 90,
  accessKey: "somebody",
  secretKey: "key of the storage",
  passphrase: "phrase of the snapshots",
};
const snapshots = { intervalHours: 6, keep: 28 };
const render = (backup: Backup): string => renderMaster({ ...masterDescription, backup });
const files = (backup: Backup): ReturnType<typeof parseUserData>["files"] => parseUserData(render(backup)).files;
const unit = (backup: Backup, name: string): string => renderedUnits(render(backup)).get(name) ?? "";
const timer = "kovhernetes-etcd-snapshot.timer";

describe("snapshots of etcd", () => {
  it.each([
    [1, "*-*-* 00/1:00:00 UTC"],
    [6, "*-*-* 00/6:00:00 UTC"],
    [24, "*-*-* 00:00:00 UTC"],
  ])("are taken every %i hours, and made up for when the machine was off", (intervalHours, calendar) => {
    expect(unitDirectives(unit({ snapshots: { intervalHours, keep: 1 } }, timer), "Timer")).toEqual([
      ["OnCalendar", calendar],
      ["Persistent", "yes"],
      ["RandomizedDelaySec", "10min"],
    ]);
  });

  it("have no timer and no script when they are off, though one can be fetched", () => {
    const names = [...files({}).keys()];
    expect(names.filter((name) => /snapshot\.timer|take-snapshot|upload|object-storage|restore/.test(name))).toEqual(
      [],
    );
    expect(names).toContain("/opt/kovhernetes/lib/fetch-snapshot.sh");
  });

  it("are taken by the client that etcd knows for it", () => {
    const parameters = files({ snapshots }).get("/etc/kovhernetes/snapshot.env")?.content;
    expect(parameters).toContain('ETCDCTL_CERT="/etc/etcd/pki/health-client.crt"\n');
    expect(parameters).toContain('KEEP="28"\n');
  });

  it("put the storage's secrets into two files of root's, whatever they hold, and nowhere else", () => {
    const text = fc.string({ unit: "grapheme-ascii", minLength: 20 });
    fc.assert(
      fc.property(text, text, (secretKey, passphrase) => {
        const own = [`<${secretKey}>`, `<${passphrase}>`] as const;
        const written = files({ snapshots, storage: { ...storage, secretKey: own[0], passphrase: own[1] } });
        const settings = written.get("/etc/kovhernetes/object-storage.json");
        expect(JSON.parse(settings?.content ?? "")).toMatchObject({ secretKey: own[0], bucket: "backups" });
        expect(written.get("/etc/kovhernetes/snapshot-passphrase")?.content).toBe(`${own[1]}\n`);
        for (const [name, { content, mode }] of written) {
          if (own.some((secret) => content.includes(secret))) expect([name, mode]).toEqual([name, "0600"]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("ask for the programs that seal and store them only where they are stored", () => {
    const commands = (backup: Backup): string => files(backup).get("/etc/kovhernetes/machine.env")?.content ?? "";
    expect(commands({ snapshots, storage })).toContain("openssl=openssl python3=python3");
    expect(commands({ snapshots })).not.toContain("python3");
  });

  it("leave room in the user data, with everything else that a master may have", () => {
    const text = renderMaster({
      ...masterDescription,
      backup: { snapshots, storage, restore: "s3://backups/prod/snapshot-20261127T145800Z.sealed" },
      localhostApi: fakePair("localhost API"),
    });
    expect(encodeUserData(text).length).toBeLessThan(0.75 * userDataLimit);
  });
});

describe("a restore", () => {
  const restore = "snapshot-20261127T145800Z.db";
  const commands = (backup: Backup): (string | undefined)[] =>
    unitDirectives(unit(backup, "etcd.service"), "Service")
      .filter(([name]) => name === "ExecStartPre")
      .map(([, value]) => path.basename(splitCommand(value)[0] ?? ""));

  it("comes before a key is made, since it brings its own, and only where one is asked for", () => {
    expect(commands({ restore })).toEqual(["need.sh", "restore-etcd.sh", "make-encryption-key.sh", "etcd-quota.sh"]);
    expect(commands({ snapshots })).toEqual(["need.sh", "make-encryption-key.sh", "etcd-quota.sh"]);
  });

  it("makes a member that is the one that etcd's unit starts", () => {
    const parameters = files({ restore }).get("/etc/kovhernetes/restore.env")?.content ?? "";
    const value = (name: string): string => new RegExp(`^${name}="(.*)"$`, "m").exec(parameters)?.[1] ?? "";
    const directives = unitDirectives(unit({ restore }, "etcd.service"), "Service");
    const flags = splitCommand(directives.find(([name]) => name === "ExecStart")?.[1] ?? "");
    expect(flags).toEqual(
      expect.arrayContaining([
        `--name=${value("NAME")}`,
        `--initial-cluster=${value("INITIAL_CLUSTER")}`,
        `--initial-cluster-token=${value("INITIAL_CLUSTER_TOKEN")}`,
        `--initial-advertise-peer-urls=${value("PEER_URL")}`,
      ]),
    );
    expect(value("SNAPSHOT")).toBe(restore);
  });
});

describe("object-storage.py", () => {
  // The example "GET Object" of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
  it("signs as AWS's own example does", () => {
    const program = `
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("storage", sys.argv[1])
storage = importlib.util.module_from_spec(spec)
spec.loader.exec_module(storage)
settings = {
    "accessKey": "AKIAIOSFODNN7EXAMPLE",
    "secretKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": "us-east-1",
}
headers = {
    "host": "examplebucket.s3.amazonaws.com",
    "range": "bytes=0-9",
    "x-amz-content-sha256": storage.EMPTY,
    "x-amz-date": "20130524T000000Z",
}
print(storage.authorization(settings, "GET", "/test.txt", "", headers, "20130524T000000Z"))
`;
    const script = path.join(__dirname, "../../cloudinit/files/object-storage.py");
    const answer = execFileSync("python3", ["-B", "-c", program, script], { encoding: "utf8" });
    expect(answer.trim()).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, " +
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
  });
});
