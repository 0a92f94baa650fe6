import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compare,
  faults,
  type Finding,
  type Holdings,
  type StoredObject,
} from "../../commands/restore-drill/compare.ts";
import { drillScript, readDrill } from "../../commands/restore-drill/drill.ts";
import { drillJson, drillText, isWhole } from "../../commands/restore-drill/report.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** One write to a store: a value, or `undefined` for a deletion. */
type Write = readonly [key: string, value: string | undefined];

/** What a store holds after so many writes, as etcd counts them. */
function storeAfter(writes: readonly Write[], revision: number): StoredObject[] {
  const objects = new Map<string, StoredObject>();
  writes.slice(0, revision).forEach(([key, value], index) => {
    if (value === undefined) objects.delete(key);
    else {
      const created = objects.get(key)?.created ?? index + 1;
      objects.set(key, { key, created, modified: index + 1, hash: sha256(value) });
    }
  });
  return [...objects.values()];
}

function holdingsOf(writes: readonly Write[], revision: number, liveRevision: number): Holdings {
  return {
    ...{ revision, liveRevision, keys: ["key1"] },
    snapshot: storeAfter(writes, revision),
    live: storeAfter(writes, liveRevision),
  };
}

const keys = fc.constantFrom("a", "b", "c").map((name) => `/registry/configmaps/default/${name}`);
const history = fc
  .array(fc.tuple(keys, fc.option(fc.constantFrom("1", "2"), { nil: undefined })), { minLength: 1, maxLength: 30 })
  .chain((writes) =>
    fc
      .tuple(fc.integer({ min: 0, max: writes.length }), fc.integer({ min: 0, max: writes.length }))
      .map(([one, other]) => holdingsOf(writes, Math.min(one, other), Math.max(one, other))),
  );

const sum = (holdings: Holdings, ...kinds: readonly Finding[]): number =>
  compare(holdings)
    .flatMap(({ findings }) => kinds.map((kind) => findings[kind]))
    .reduce((total, count) => total + count, 0);

describe("comparing a snapshot with the cluster", () => {
  test("a true snapshot has no fault, whatever was written since, and every object is accounted for", () => {
    fc.assert(
      fc.property(history, (holdings) => {
        const resources = compare(holdings);
        expect(isWhole(resources)).toBe(true);
        for (const { hashes, findings, snapshotCount, liveCount } of resources) {
          expect(hashes.snapshot).toBe(hashes.live);
          expect(findings.same + findings.changed + findings.deleted).toBe(snapshotCount);
          expect(findings.same + findings.changed + findings.created).toBe(liveCount);
        }
      }),
    );
  });

  test("an object that the cluster still has as it was is missed when it is not in the snapshot, or other there", () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.boolean(), (holdings, choice, remove) => {
        const unchanged = holdings.live.filter(({ modified }) => modified <= holdings.revision);
        const chosen = unchanged[choice % Math.max(1, unchanged.length)];
        fc.pre(chosen !== undefined);
        const rest = holdings.snapshot.filter(({ key }) => key !== chosen.key);
        const snapshot = remove ? rest : [...rest, { ...chosen, hash: sha256("other") }];
        const resources = compare({ ...holdings, snapshot });
        expect(resources.flatMap(({ faulty }) => faulty)).toEqual([chosen.key]);
        expect(resources.find(({ faulty }) => faulty.length > 0)?.findings[remove ? "missing" : "different"]).toBe(1);
        expect(resources.some(({ hashes }) => hashes.snapshot !== hashes.live)).toBe(true);
      }),
    );
  });

  test("an object that was changed since, and that the snapshot never had, is missed too", () => {
    const holdings = holdingsOf(
      [
        ["/registry/pods/default/a", "1"],
        ["/registry/pods/default/a", "2"],
      ],
      1,
      2,
    );
    expect(sum({ ...holdings, snapshot: [] }, "missing")).toBe(1);
    expect(sum(holdings, "changed")).toBe(1);
  });

  test("at the same revision, the snapshot may have nothing that the cluster has not", () => {
    const holdings = holdingsOf([["/registry/pods/default/a", "1"]], 1, 1);
    expect(sum({ ...holdings, live: [] }, "different")).toBe(1);
    expect(sum({ ...holdings, live: [], liveRevision: 2 }, "deleted")).toBe(1);
  });

  test("a Secret whose key is not there cannot be read", () => {
    const holdings = holdingsOf([["/registry/secrets/default/a", "1"]], 1, 1);
    const encrypted = (encryptedBy: string): Holdings => ({
      ...holdings,
      snapshot: holdings.snapshot.map((object) => ({ ...object, encryptedBy })),
    });
    expect(sum(encrypted("key1"), ...faults)).toBe(0);
    expect(sum(encrypted("key2"), "unreadable")).toBe(1);
  });

  test("objects are counted by resource as the API server keeps them", () => {
    const names = [
      "/registry/secrets/default/a",
      "/registry/deployments/default/a",
      "/registry/apiregistration.k8s.io/apiservices/v1.",
      "/registry/example.org/widgets/default/a",
      "compact_rev_key",
    ];
    const resources = compare(
      holdingsOf(
        names.map((name) => [name, "1"] as const),
        5,
        5,
      ),
    );
    expect(resources.map(({ resource }) => resource)).toEqual([
      "(not an object)",
      "apiregistration.k8s.io/apiservices",
      "deployments",
      "example.org/widgets",
      "secrets",
    ]);
  });
});

describe("what a master prints", () => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const object = (where: string, key: string, revision: number, encryptedBy = ""): string =>
    ["object", where, base64(key), revision, revision, sha256(key), encryptedBy].join("\t");
  const lines = [
    "snapshot\tsnapshot-20261127T145800Z.db\t2097152",
    "key\tkey1",
    "seconds\t3",
    "revision\tsnapshot\t7",
    object("snapshot", "/registry/secrets/default/a", 6, "key1"),
    object("snapshot", "/registry/pods/default/a", 7),
    "revision\tlive\t9",
    object("live", "/registry/secrets/default/a", 6, "key1"),
    object("live", "/registry/pods/default/b", 9),
  ];
  const complete = [...lines, "complete", ""].join("\n");

  test("is read in whole, or not at all", () => {
    expect(readDrill(complete)).toMatchObject({
      ...{ name: "snapshot-20261127T145800Z.db", bytes: 2097152, seconds: 3, revision: 7, liveRevision: 9 },
      keys: ["key1"],
      snapshot: [{ key: "/registry/secrets/default/a", modified: 6, encryptedBy: "key1" }, { modified: 7 }],
      live: [{ key: "/registry/secrets/default/a" }, { key: "/registry/pods/default/b", created: 9 }],
    });
    expect(() => readDrill(lines.join("\n"))).toThrow("cut short");
    expect(() => readDrill("refused\tthere is no snapshot: take one\n")).toThrow(/^there is no snapshot: take one$/);
  });

  test("is a table with a verdict for people", () => {
    const drill = readDrill(complete);
    expect(drillText(drill, compare(drill))).toMatchInlineSnapshot(`
      "snapshot-20261127T145800Z.db, 2.0 MiB, revision 7: restored in 3 s, compared with the cluster at revision 9

          resource  in snapshot  in cluster  same  deleted  created  hash in snapshot  hash in cluster
      ok  pods      1            1           0     1        1
      ok  secrets   1            1           1     0        0        6e190bfaadd4      6e190bfaadd4

        deleted: deleted since
        created: created since

      The snapshot can be restored. Objects that are the same in it and in the cluster: 1; changed, deleted or created since: 2."
    `);
  });

  test("names what is wrong, first of all in the table", () => {
    const drill = readDrill(complete);
    const broken = { ...drill, snapshot: drill.snapshot.slice(1) };
    const text = drillText(broken, compare(broken));
    expect(text).toMatch(/^FAULT {2}secrets .*$/m);
    expect(text).toMatch(
      /does not hold what the cluster had\. .* Objects at fault: 1\n {2}\/registry\/secrets\/default\/a$/,
    );
    expect(text).toContain("missing: the cluster had it at the snapshot, and the snapshot has not");
  });

  test("is JSON for programs", () => {
    const drill = readDrill(complete);
    expect(JSON.parse(drillJson("prod", "prod-master-0", drill, compare(drill)))).toMatchObject({
      ...{ stack: "prod", machine: "prod-master-0", whole: true, cluster: { revision: 9 } },
      snapshot: { name: "snapshot-20261127T145800Z.db", bytes: 2097152, revision: 7 },
      totals: { same: 1, changed: 0, deleted: 1, created: 1, missing: 0, different: 0, unreadable: 0 },
      resources: [{ resource: "pods" }, { resource: "secrets", findings: { same: 1 } }],
    });
  });
});

describe("what a master runs", () => {
  test("is the functions, and one call of them", () => {
    expect(drillScript("storage").trimEnd().split("\n").at(-1)).toMatch(/^drill 'storage' '[A-Za-z0-9+/=]+'$/);
  });
});
