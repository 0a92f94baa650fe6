import { beforeAll, describe, expect, test } from "vitest";
import { failedChecks } from "../../commands/status/api.ts";
import { certificateSection, readCertificates } from "../../commands/status/certificates.ts";
import { driftSection, driftSkipped } from "../../commands/status/drift.ts";
import { etcdSection } from "../../commands/status/etcd.ts";
import { guardSection } from "../../commands/status/guards.ts";
import { nodeSection, type ObservedNode } from "../../commands/status/nodes.ts";
import { exitCodeOf, stateOf, type Section } from "../../commands/status/section.ts";
import {
  apiUrl,
  certificate,
  etcdOutput,
  guardOutput,
  healthyNodes,
  machines,
  node,
  now,
} from "../support/cluster-status.ts";

const etcd = (changes: Readonly<Record<string, string>> = {}) =>
  etcdSection({ answers: [{ machine: "dev-master-0", value: etcdOutput(changes) }], now, snapshotHours: 6 });

describe("nodes", () => {
  const nodes = (observed: readonly ObservedNode[], notReady: readonly string[] = []) =>
    nodeSection(apiUrl, machines, { value: { version: "v1.36.3", notReady, nodes: observed } });

  test("are ok when every machine is a Ready node", () => {
    const section = nodes(healthyNodes);
    expect(section.rows.map(({ name, role, state, kubelet }) => [name, role, state, kubelet])).toEqual([
      ["dev-master-0", "master", "Ready", "v1.36.3"],
      ["dev-default-0", "node", "Ready", "v1.36.3"],
    ]);
    expect(stateOf(section)).toBe("ok");
  });

  const changed = (changes: Partial<ObservedNode>) =>
    [healthyNodes[0], node("dev-default-0", changes)].filter((one) => one !== undefined);
  const notReady = [{ type: "Ready", status: "Unknown", message: "Kubelet stopped posting node status." }];
  test.each([
    ["a machine that is no node", healthyNodes.slice(0, 1), "dev-default-0 is no node of the cluster"],
    ["a node that is no machine", [...healthyNodes, node("gone")], "gone is a node without a machine in the stack"],
    [
      "a node that is not Ready",
      changed({ conditions: notReady }),
      "dev-default-0 is not Ready: Kubelet stopped posting node status.",
    ],
    [
      "a node that says nothing",
      changed({ conditions: [] }),
      "dev-default-0 is not Ready: its kubelet has not reported",
    ],
    [
      "pressure",
      changed({
        conditions: [...notReady.map((one) => ({ ...one, status: "True" })), { type: "DiskPressure", status: "True" }],
      }),
      "dev-default-0 has DiskPressure",
    ],
    [
      "a kubelet ahead of the API",
      changed({ kubelet: "v1.37.0" }),
      "dev-default-0 has kubelet v1.37.0, newer than the API server's v1.36.3",
    ],
    [
      "a kubelet far behind",
      changed({ kubelet: "v1.32.9" }),
      "dev-default-0 has kubelet v1.32.9, too old for the API server's v1.36.3",
    ],
  ])("are wrong with %s", (_, observed, expected) => {
    expect(nodes(observed).wrong).toEqual([expected]);
  });

  test("are wrong when the API is not ready", () => {
    expect(nodes(healthyNodes, ["etcd", "informer-sync"]).wrong).toEqual([
      `the API at ${apiUrl} is not ready: etcd, informer-sync`,
    ]);
  });

  test("take the API's word for what is not ready", () => {
    const verbose = "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\nreadyz check failed\n";
    expect(failedChecks({ status: 500, text: verbose })).toEqual(["etcd"]);
    expect(failedChecks({ status: 200, text: "[+]ping ok\nreadyz check passed\n" })).toEqual([]);
    expect(failedChecks({ status: 503, text: "upstream is busy" })).toEqual(["HTTP 503"]);
  });

  test("three versions behind is allowed, and cordoned is no fault", () => {
    const section = nodes(changed({ kubelet: "v1.33.1", unschedulable: true }));
    expect(stateOf(section)).toBe("ok");
    expect(section.notes).toEqual(["dev-default-0 is cordoned: it takes no new pods"]);
  });

  test("are unknown, machine by machine, when the API does not answer", () => {
    const section = nodeSection(apiUrl, machines, { failure: "connect ECONNREFUSED" });
    expect(section.rows.map(({ state }) => state)).toEqual(["not asked", "not asked"]);
    expect(section.unknown).toEqual([`the API at ${apiUrl}: connect ECONNREFUSED`]);
    expect(stateOf(section)).toBe("unknown");
  });
});

describe("etcd", () => {
  test("tells its figures", () => {
    expect(etcd().rows).toEqual([
      {
        ...{ machine: "dev-master-0", healthy: true, version: "3.6.8", leader: true },
        ...{
          databaseBytes: 1_462_272,
          quotaBytes: 4_294_967_296,
          diskBytes: 1_020_702_720,
          diskFreeBytes: 820_469_760,
        },
        ...{ newestSnapshot: undefined, wrong: [] },
      },
    ]);
  });

  const seconds = (hoursAgo: number): string => String(now.getTime() / 1000 - hoursAgo * 3600);
  const snapshot = (time: string): string => `snapshot-${time}.db 2097184`;
  test.each([
    ["an alarm", { health: '{"health":"false","reason":"ALARM NOSPACE"}' }, "is not healthy: ALARM NOSPACE"],
    [
      "no answer",
      { health: "curl: (7) Failed to connect", metrics: "" },
      "is not healthy: curl: (7) Failed to connect",
    ],
    ["no leader", { metrics: "etcd_server_has_leader 0" }, "has no leader"],
    [
      "a full database",
      { metrics: "etcd_mvcc_db_total_size_in_bytes 4e9\netcd_server_quota_backend_bytes 4.2e9" },
      "is near the size",
    ],
    ["a full disk", { disk: "1000 50" }, "has a disk that is nearly full"],
    [
      "an old snapshot",
      { snapshots: snapshot("20261127T015959Z"), "snapshots-since": seconds(99) },
      "has no snapshot of the last 13 hours",
    ],
    [
      "a snapshot named after a time to come, whatever else there is",
      { snapshots: `${snapshot("20261127T145800Z")}\n${snapshot("99991231T000000Z")}`, "snapshots-since": seconds(99) },
      "has a snapshot named after a time to come, which does not count: correct the clock of dev-master-0, or delete snapshot-99991231T000000Z.db",
    ],
    ["no snapshot since a clock that was wrong", { "snapshots-since": seconds(-99) }, "has no snapshot of the last 13"],
    ["no snapshot at all", { "snapshots-since": seconds(14) }, "has no snapshot of the last 13 hours"],
    [
      "a failed snapshot",
      { "snapshots-since": seconds(1), "snapshots-result": "exit-code" },
      "could not take its last snapshot",
    ],
  ])("is wrong with %s", (_, changes, expected) => {
    expect(etcd(changes).wrong).toEqual([expect.stringContaining(`etcd on dev-master-0 ${expected}`)]);
  });

  test.each([
    ["a recent snapshot", { snapshots: snapshot("20261127T020001Z"), "snapshots-since": seconds(99) }],
    ["a snapshot by a clock that is minutes ahead", { snapshots: snapshot("20261127T150400Z") }],
    ["a file of another name", { snapshots: "snapshot-before-the-move.db 2097184", "snapshots-since": seconds(1) }],
    ["a machine that is younger than the interval", { "snapshots-since": seconds(12) }],
    ["a new machine on an old volume", { snapshots: snapshot("20261101T000000Z"), "snapshots-since": seconds(1) }],
    ["a cluster that takes none", {}],
  ])("is ok with %s", (_, changes) => {
    expect(stateOf(etcd(changes))).toBe("ok");
  });

  test("is late with a snapshot when the others are of the past or of a time to come", () => {
    const snapshots = `${snapshot("20261127T015959Z")}\n${snapshot("20261127T150501Z")}`;
    expect(etcd({ snapshots, "snapshots-since": seconds(99) }).wrong).toEqual([
      expect.stringContaining("has no snapshot of the last 13 hours"),
      expect.stringContaining("snapshot-20261127T150501Z.db"),
    ]);
  });

  test("tells the newest snapshot with its time", () => {
    const times = ["20261127T085800Z", "20261127T145800Z", "20270101T000000Z"];
    const [row] = etcd({ snapshots: times.map(snapshot).join("\n") }).rows;
    expect(row?.newestSnapshot).toEqual({
      file: "snapshot-20261127T145800Z.db",
      bytes: 2_097_184,
      at: "2026-11-27T14:58:00Z",
    });
  });
});

describe("guards", () => {
  const guards = (changes: Readonly<Record<string, string | undefined>>) =>
    guardSection([{ machine: "dev-default-0", value: guardOutput(changes) }]);

  test("are ok when every rule is there", () => {
    expect([stateOf(guards({})), guards({}).notes]).toEqual(["ok", []]);
  });

  test.each([
    ["metadata-addresses", "lacks the rule that keeps addresses of pods"],
    ["metadata-bridge", "lacks the rule that keeps the bridge of pods"],
    ["route-addresses", "lacks the route that keeps addresses of pods"],
    ["route-bridge", "lacks the route that keeps the bridge of pods"],
    ["metrics", "lacks the rule that closes kube-proxy's metrics"],
    ["services", "lacks kube-proxy's rules"],
    ["watched", "puts no rule back"],
  ])("are wrong without %s", (name, expected) => {
    expect(guards({ [name]: "no" }).wrong).toEqual([expect.stringContaining(`dev-default-0 ${expected}`)]);
  });

  test("tell that rules were taken away, and which machines would not put them back", () => {
    expect(guards({ lost: "2026-11-27T14:00:00Z" }).notes).toEqual([
      expect.stringContaining("dev-default-0 had to put its rules back, last at 2026-11-27T14:00:00Z"),
    ]);
    const earlier = { "route-addresses": undefined, "route-bridge": undefined, watched: undefined, lost: undefined };
    expect([stateOf(guards(earlier)), guards(earlier).notes]).toEqual([
      "ok",
      [expect.stringContaining("its next generation does")],
    ]);
  });
});

describe("certificates", () => {
  const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
  const line = (file: string, pem: string): string => `certificate\t${file}\t${Buffer.from(pem).toString("base64")}\n`;
  let pem: Record<"past" | "soon" | "later" | "authority", string>;

  beforeAll(async () => {
    pem = {
      past: await certificate("past", inDays(-1)),
      soon: await certificate("soon", inDays(29)),
      later: await certificate("later", inDays(31)),
      authority: await certificate("authority", inDays(3650)),
    };
  });

  const section = (output: string, administrator: string) =>
    certificateSection({
      answers: [{ machine: "dev-master-0", value: output }],
      administrator,
      now,
      warningHours: 720,
    });

  test("are sorted by their end, the administrator's among them", () => {
    const { rows } = section(line("/ca.crt", pem.authority) + line("/kubelet.crt", pem.past), pem.soon);
    expect(rows.map(({ holder, file, subject, daysLeft, state }) => [holder, file, subject, daysLeft, state])).toEqual([
      ["dev-master-0", "/kubelet.crt", "CN=past", -1, "expired"],
      ["administrator", "kubeconfig", "CN=soon", 29, "near its end"],
      ["dev-master-0", "/ca.crt", "CN=authority", 3650, "ok"],
    ]);
  });

  test("are wrong when one expired or ends within the warning time, and ok before", () => {
    expect(section(line("/a.crt", pem.past) + line("/b.crt", pem.soon), pem.later).wrong).toEqual([
      expect.stringMatching(/^\/a.crt of dev-master-0 expired at 2026-11-26T/),
      expect.stringMatching(/^\/b.crt of dev-master-0 expires at 2026-12-26T/),
    ]);
    expect(stateOf(section(line("/a.crt", pem.later), pem.later))).toBe("ok");
  });

  test("of one file are all read, and a machine without any is wrong", () => {
    expect(readCertificates(line("/ca.crt", pem.soon + pem.later))).toHaveLength(2);
    expect(section("", pem.later).wrong).toEqual([expect.stringContaining("dev-master-0 has no certificates")]);
  });

  test("of a machine that cannot be reached hide no others", () => {
    const answers = [
      { machine: "dev-master-0", failure: "dev-master-0 cannot be asked" },
      { machine: "dev-default-0", value: line("/a.crt", pem.past) },
    ];
    const seen = certificateSection({ answers, administrator: pem.later, now, warningHours: 720 });
    expect([seen.rows.length, seen.unknown, stateOf(seen)]).toEqual([2, ["dev-master-0 cannot be asked"], "wrong"]);
  });
});

describe("drift", () => {
  const urn = (type: string, name: string): string =>
    `urn:pulumi:dev::kovhernetes::kovhernetes:index:Cluster$${type}::${name}`;
  const preview = (steps: readonly object[], diagnostics: readonly object[] = []) =>
    driftSection({ value: JSON.stringify({ steps, diagnostics }) });

  test("is none when nothing would change", () => {
    const steps = ["same", "refresh", "read"].map((op) => ({ op, urn: urn("a:b:C", "x"), diffReasons: null }));
    expect(stateOf(preview(steps))).toBe("ok");
  });

  test("names what would change, and why; the halves of a replacement are one", () => {
    const floating = urn("openstack:networking/floatingIp:FloatingIp", "dev-master-0-port-floating-ip");
    const server = urn("openstack:compute/instance:Instance", "dev-default-0");
    const section = preview([
      { op: "update", urn: floating, diffReasons: ["description"] },
      { op: "delete-replaced", urn: server },
      { op: "replace", urn: server, replaceReasons: ["userData"], diffReasons: ["userData", "imageName"] },
      { op: "create-replacement", urn: server },
    ]);
    expect(section.rows).toEqual([
      {
        change: "update",
        type: "openstack:networking/floatingIp:FloatingIp",
        name: "dev-master-0-port-floating-ip",
        properties: ["description"],
      },
      {
        change: "replace",
        type: "openstack:compute/instance:Instance",
        name: "dev-default-0",
        properties: ["userData", "imageName"],
      },
    ]);
    expect(section.wrong).toEqual([
      expect.stringContaining("`pulumi up` would update it for description"),
      expect.stringContaining("`pulumi up` would replace it for userData, imageName"),
    ]);
  });

  test("passes on what the program says, such as machines that wait for a generation", () => {
    const waits = "Machines that exist stay as they are. To have them replaced, set master.generation to 2.";
    const section = preview(
      [],
      [
        { severity: "warning", message: `warning: ${waits}\n` },
        { severity: "warning", message: `warning: ${waits}\n` },
        { severity: "warning", message: "warning: provider config warning: useOctavia is deprecated\n" },
        { severity: "info", message: "info: nothing\n" },
      ],
    );
    expect([section.notes, stateOf(section)]).toEqual([[waits], "ok"]);
  });

  test("may be skipped, which is no fault", () => {
    expect(stateOf(driftSkipped)).toBe("skipped");
    expect(exitCodeOf([driftSkipped])).toBe(0);
  });
});

describe("the exit code", () => {
  const section = (changes: Partial<Section<never>>): Section<never> => ({
    rows: [],
    wrong: [],
    unknown: [],
    notes: [],
    ...changes,
  });
  test.each([
    ["healthy", [section({ notes: ["x"] })], 0],
    ["wrong", [section({}), section({ wrong: ["x"] })], 1],
    ["unknown", [section({}), section({ unknown: ["x"] })], 2],
    ["wrong, where something else is unknown", [section({ unknown: ["x"] }), section({ wrong: ["x"] })], 1],
  ] as const)("of %s", (_, sections, expected) => {
    expect(exitCodeOf(sections)).toBe(expected);
  });
});
