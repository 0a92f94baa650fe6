import { describe, expect, it } from "vitest";
import { configurationWarnings } from "../../components/checks/warnings";
import { etcdDataProblems } from "../../components/checks/etcd-data";
import { runningProblems } from "../../components/checks/running";
import type { ClusterConfig } from "../../components/model/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import { lifecycleNotices } from "../../components/notices/lifecycle";
import { unknownNotices } from "../../components/notices/unknown";
import { planAddresses } from "../../components/plan/addresses";
import { machineChange, removedMachines } from "../../components/plan/lifecycle";
import { hasEtcdVolume, madeWithMetadata, waitingSettings } from "../../components/plan/made-with";
import { planMachines, type MachinePlan } from "../../components/plan/machines";
import { machinesInState } from "../../components/recorded/machines";
import { exampleCluster, examplePool } from "../components/example-cluster";

const pace = { maxUnavailable: 1, drainMinutes: 10, timeoutMinutes: 20 };
const end = "2027-06-01T00:00:00Z";

function plansOf(config: ClusterConfig): readonly MachinePlan[] {
  return planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));
}

interface Made {
  readonly type: string;
  readonly outputs: Record<string, unknown>;
}

const project = "urn:pulumi:dev::kovhernetes::";
const instanceUrn = (plan: MachinePlan): string => {
  const owner = plan.role === "master" ? "Master" : "NodePool$kovhernetes:instances:Node";
  return `${project}kovhernetes:index:Cluster$kovhernetes:instances:${owner}$kovhernetes:instances:Instance`;
};
const serverUrn = (plan: MachinePlan): string =>
  `${instanceUrn(plan)}$openstack:compute/instance:Instance::dev-${plan.logicalName}`;
const componentUrn = (plan: MachinePlan): string => `${instanceUrn(plan)}::dev-${plan.logicalName}`;

/** What the engine keeps of a cluster that this version of the program made, or, without records, an earlier one. */
function stateOf(config: ClusterConfig, isRecorded = true): Record<string, Made> {
  const machines = plansOf(config).flatMap((plan): [string, Made][] => {
    const serverId = `id-of-${plan.hostName}`;
    const metadata = {
      ...plan.metadata,
      ...(isRecorded ? { ...madeWithMetadata(plan), "kovhernetes:certificates-end": end } : {}),
      "kovhernetes:generation": String(plan.shape.generation),
      "kovhernetes:kubernetes": plan.kubernetes,
    };
    const { image: imageName, flavor: flavorName } = plan.shape;
    const server = { id: serverId, name: plan.hostName, imageName, flavorName, metadata };
    return [
      [serverUrn(plan), { type: "openstack:compute/instance:Instance", outputs: server }],
      [
        componentUrn(plan),
        {
          type: "kovhernetes:instances:Instance",
          outputs: { instanceId: serverId, ...(isRecorded ? { made: { serverId, metadata } } : {}) },
        },
      ],
    ];
  });
  const volume = { type: "openstack:blockstorage/volume:Volume", outputs: { id: "volume" } };
  return Object.fromEntries([
    [`${project}kovhernetes:index:Cluster::dev`, { type: "kovhernetes:index:Cluster", outputs: {} }],
    ...machines,
    ...(config.masters.etcdVolume === undefined ? [] : [[`${project}x::dev-master-0-etcd`, volume] as const]),
  ]);
}

const recordedOf = (config: ClusterConfig, isRecorded = true): readonly RecordedMachine[] =>
  machinesInState({ outputs: stateOf(config, isRecorded) });

const before = exampleCluster({ nodePools: [examplePool("web", 1, 15)] });
const kubernetes = { ...before.kubernetes, authorization: { mode: "RBAC" } } as const;
const generation = (config: ClusterConfig, master: number): ClusterConfig => ({
  ...config,
  masters: { ...config.masters, generation: master },
});

describe("what a machine was made with", () => {
  it("is read as it was written, and nothing waits of a configuration that is the same", () => {
    const recorded = recordedOf(before);
    for (const plan of plansOf(before)) {
      const record = recorded.find(({ name }) => name === plan.hostName);
      expect(record).toMatchObject({ madeWith: plan.madeWith, certificatesEnd: end });
    }
    expect(lifecycleNotices(plansOf(before), recorded, pace)).toEqual([]);
    expect(unknownNotices(plansOf(before), recorded)).toEqual([]);
  });

  it.each([
    ["authorization", { kubernetes }],
    ["localhostApi", { kubernetes: { ...before.kubernetes, localhostApi: true } }],
    ["etcdSnapshots", { backup: { snapshots: { intervalHours: 12, keep: 28 } } }],
    ["registryMirrors", { artifacts: { checksums: {}, registryMirrors: { "docker.io": ["https://m.example"] } } }],
    ["artifactMirror", { artifacts: { checksums: {}, registryMirrors: {}, mirror: "https://m.example" } }],
    ["nodePools.web.labels", { nodePools: [{ ...examplePool("web", 1, 15), labels: { "example.org/tier": "web" } }] }],
    [
      "nodePools.web.taints",
      { nodePools: [{ ...examplePool("web", 1, 15), taints: [{ key: "a", value: "b", effect: "NoSchedule" }] }] },
    ],
  ] satisfies [string, Partial<ClusterConfig>][])("waits for its generation when it changes: %s", (key, changes) => {
    const notices = lifecycleNotices(plansOf({ ...before, ...changes }), recordedOf(before), pace);
    expect(notices.join("\n")).toContain(key);
    expect(notices.join("\n")).toMatch(/generation to 2\. Waiting for it/);
  });

  it("holds no secret, and no digest of one", () => {
    const storage = {
      ...{ endpoint: "https://s3.example", region: "r", bucket: "b", prefix: "p", keep: 1, accessKey: "a" },
      ...{ secretKey: "one", passphrase: "two" },
    };
    const [one] = plansOf({ ...before, backup: { storage } });
    const [other] = plansOf({ ...before, backup: { storage: { ...storage, secretKey: "three", passphrase: "four" } } });
    expect(one?.madeWith).toEqual(other?.madeWith);
  });

  it("is in metadata that Nova takes: short values, far fewer than its quota of 128", () => {
    const metadata = plansOf(before).map(madeWithMetadata);
    for (const items of metadata) {
      expect(Object.keys(items).length).toBeLessThan(64);
      for (const text of [...Object.keys(items), ...Object.values(items)]) expect(text.length).toBeLessThanOrEqual(255);
      for (const key of Object.keys(items)) expect(key).toMatch(/^[a-zA-Z0-9-_:. ]+$/);
    }
  });

  it("is not known of machines that an earlier version made, which is said, and nothing is claimed to wait", () => {
    const recorded = recordedOf(before, false);
    const plans = plansOf({ ...before, kubernetes });
    expect(lifecycleNotices(plans, recorded, pace)).toEqual([]);
    expect(unknownNotices(plans, recorded)).toEqual([
      expect.stringMatching(/dev-master-0, dev-web-0 have of .*authorization/),
    ]);
  });
});

describe("what runs, not what is asked for", () => {
  it("keeps the warning of AlwaysAllow while a master was made with it, and production is refused", () => {
    const config = { ...before, kubernetes };
    const recorded = recordedOf(before);
    expect(configurationWarnings(config, plansOf(config), recorded)).toEqual([
      expect.stringMatching(
        /^dev-master-0 runs with authorization AlwaysAllow: .* until master\.generation is set to 2/,
      ),
    ]);
    expect(runningProblems(true, plansOf(config), recorded)).toEqual([
      expect.objectContaining({
        key: "production",
        remedy: "set master.generation to 2 as well, or production to false until then",
      }),
    ]);
    const next = generation(config, 2);
    expect(configurationWarnings(next, plansOf(next), recorded)).toEqual([]);
    expect(runningProblems(true, plansOf(next), recorded)).toEqual([]);
  });

  it("does not call a master that runs RBAC one of AlwaysAllow", () => {
    const recorded = recordedOf({ ...before, kubernetes });
    expect(configurationWarnings(before, plansOf(before), recorded)).toEqual([]);
  });
});

describe("etcd's data when etcdVolume changes", () => {
  const { etcdVolume: _volume, ...bare } = before.masters;
  const without: ClusterConfig = { ...before, masters: bare };
  const s3 = "s3://backups/dev/snapshot-20261127T145800Z.sealed";

  it("stays where it is while the master stays: no volume is made for it, none is taken from it", () => {
    expect(etcdDataProblems(before, plansOf(before), recordedOf(without))).toEqual([]);
    expect(plansOf(before).map((plan) => hasEtcdVolume(plan, recordedOf(without)))[0]).toBe(false);
    for (const isRecorded of [true, false]) {
      const recorded = recordedOf(before, isRecorded);
      expect(etcdDataProblems(without, plansOf(without), recorded)[0]?.reason).toContain(
        "takes the volume from dev-master-0",
      );
    }
  });

  it.each([
    ["off to on", without, before],
    ["on to off", before, without],
  ])("is not lost by a replacement, %s, but for a snapshot or who says so", (_, was, is) => {
    const next = generation(is, 2);
    const recorded = recordedOf(was);
    expect(etcdDataProblems(next, plansOf(next), recorded)).toHaveLength(1);
    expect(lifecycleNotices(plansOf(next), recorded, pace)[0]).not.toContain("volume is kept");
    expect(etcdDataProblems({ backup: { restore: s3 } }, plansOf(next), recorded)).toEqual([]);
    expect(etcdDataProblems({ backup: { acceptsLoss: true } }, plansOf(next), recorded)).toEqual([]);
  });

  it("is lost with a snapshot that lies where it goes, or that was restored before", () => {
    const next = generation(before, 2);
    const local = { backup: { restore: "snapshot-20261127T145800Z.db" } };
    expect(etcdDataProblems(local, plansOf(next), recordedOf(without))).toHaveLength(1);
    const restored = recordedOf(without).map((record) => ({ ...record, etcdRestore: s3 }));
    expect(etcdDataProblems({ backup: { restore: s3 } }, plansOf(next), restored)).toHaveLength(1);
  });
});

describe("what somebody changes in the cloud and a refresh reads", () => {
  /** The outputs of one server changed. */
  function refreshed(host: string, change: (outputs: Record<string, unknown>) => void): readonly RecordedMachine[] {
    const state = stateOf(before);
    const plan = plansOf(before).find(({ hostName }) => hostName === host);
    const server = plan === undefined ? undefined : state[serverUrn(plan)];
    if (server === undefined) throw new Error(`no ${host}`);
    change(server.outputs);
    return machinesInState({ outputs: state });
  }

  it.each([
    ["the name", (outputs) => Object.assign(outputs, { name: "somebody's" })],
    ["the image, deleted", (outputs) => Object.assign(outputs, { imageName: "Image not found" })],
    ["all metadata", (outputs) => Object.assign(outputs, { metadata: {} })],
    ["a generation", (outputs) => Object.assign(outputs, { metadata: { "kovhernetes:generation": "9" } })],
    ["a cluster", (outputs) => Object.assign(outputs, { metadata: { "kovhernetes:cluster": "other" } })],
  ] satisfies [string, (outputs: Record<string, unknown>) => unknown][])(
    "replaces nothing, removes nothing and says nothing: %s",
    (_, change) => {
      for (const host of ["dev-master-0", "dev-web-0"]) {
        const recorded = refreshed(host, change);
        const plans = plansOf(before);
        expect(plans.map((plan) => machineChange(plan, recorded))).toEqual(["keep", "keep"]);
        expect(removedMachines(plans, recorded)).toEqual([]);
        expect(lifecycleNotices(plans, recorded, pace)).toEqual([]);
        expect(unknownNotices(plans, recorded)).toEqual([]);
      }
    },
  );

  it("leaves a renamed machine one that is replaced in its turn", () => {
    const recorded = refreshed("dev-web-0", (outputs) => Object.assign(outputs, { name: "somebody's" }));
    const next = { ...before, nodePools: [{ ...examplePool("web", 1, 15), generation: 2 }] };
    expect(plansOf(next).map((plan) => machineChange(plan, recorded))).toEqual(["keep", "replace"]);
  });

  it("counts for a server that the record is not of: an update was cut off after it was made", () => {
    const recorded = refreshed("dev-web-0", (outputs) => {
      const metadata = outputs["metadata"] as Record<string, string>;
      Object.assign(outputs, { id: "another", metadata: { ...metadata, "kovhernetes:generation": "2" } });
    });
    expect(recorded.find(({ name }) => name === "dev-web-0")?.generation).toBe(2);
  });
});

describe("certificates that the state has anew and no machine holds", () => {
  const leaf = (validityStartTime: string, validityEndTime: string): Made => ({
    type: "tls:index/locallySignedCert:LocallySignedCert",
    outputs: { validityStartTime, validityEndTime },
  });
  const urn = `${project}x::dev-pki-dev-web-0-kubelet-client-certificate`;

  it("are not taken for the machine's own, whether that was recorded or not", () => {
    for (const isRecorded of [true, false]) {
      const state = stateOf(before, isRecorded);
      for (const { type, outputs } of Object.values(state))
        if (type === "openstack:compute/instance:Instance") outputs["created"] = "2026-06-01 00:05:00 +0000 UTC";
      const ended = { ...state, [urn]: leaf("2026-06-01T00:00:00Z", end) };
      const renewed = { ...state, [urn]: leaf("2027-07-01T00:00:00Z", "2028-07-01T00:00:00Z") };
      const endOf = (outputs: Record<string, Made>) =>
        machinesInState({ outputs }).find(({ name }) => name === "dev-web-0")?.certificatesEnd;
      expect(endOf(ended)).toBe(end);
      expect(Date.parse(endOf(renewed) ?? "")).toBeLessThanOrEqual(Date.parse("2027-07-01T00:00:00Z"));
    }
  });
});

describe("settings that wait", () => {
  it("are every one of a configuration's, for every machine that holds it", () => {
    const [master] = plansOf({ ...before, kubernetes });
    const record = recordedOf(before).find(({ role }) => role === "master");
    if (master === undefined || record === undefined) throw new Error("no master");
    expect(waitingSettings(master, record)).toEqual([
      { key: "authorization", text: "authorization RBAC (is AlwaysAllow)" },
    ]);
  });
});
