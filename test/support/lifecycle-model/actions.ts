import * as fc from "fast-check";
import { isMaster, type Server } from "./cloud";
import type { World } from "./world";

type Settings = Record<string, unknown>;

/** What fast-check knows of a world: whether its last update ended well, and nothing was done since. */
export interface Model {
  isUnchanged: boolean;
}

const plainUpdate = "pulumi up";

/** What a person does, as fast-check runs it; how it reads in a counterexample is all that is seen of a failure. */
export class Action implements fc.AsyncCommand<Model, World> {
  constructor(
    private readonly text: string,
    private readonly act: (world: World) => void | Promise<void>,
    private readonly judge: (world: World) => void,
  ) {}

  /** An update after which nothing was done is not run again: it would change nothing, as `staysAsItIs` of the sequences shows. */
  check({ isUnchanged }: Model): boolean {
    return !(isUnchanged && this.text === plainUpdate);
  }

  async run(model: Model, world: World): Promise<void> {
    await this.act(world);
    model.isUnchanged = this.text === plainUpdate && world.last?.end === "done";
    this.judge(world);
  }

  toString(): string {
    return this.text;
  }
}

/** Values that a person may give to keys, most of them good; `undefined` leaves the key out. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  nodes: [0, 1, 2, 3, undefined],
  nodePools: [
    undefined,
    { web: { count: 2 } },
    { web: { count: 1, addressOffset: 20 } },
    { web: { count: 2, addressOffset: 20, labels: { tier: "web" } } },
    { web: { count: 2, addressOffset: 16 } },
    { default: { count: 2, taints: [{ key: "only", effect: "NoSchedule" }] } },
    { default: { count: 2, labels: { disk: "fast" } } },
    { default: { count: 3 }, web: { count: 1, addressOffset: 22 } },
  ],
  kubernetesVersion: ["1.35.8", "1.36.3", "1.36.4", "1.37.0", undefined],
  authorization: ["AlwaysAllow", "RBAC"],
  localhostApi: [true, false],
  production: [true, false],
  protectData: [true, false],
  etcdVolume: [false, undefined, { sizeGiB: 20 }, { type: "fast" }],
  etcdSnapshots: [false, undefined, { intervalHours: 1 }],
  etcdRestore: ["snapshot-20261201T000000Z.db", undefined],
  image: ["Debian 12", "Debian 13"],
  flavor: ["d2-4", "b3-8"],
  masterFlavor: ["b3-16", undefined],
  access: ["direct", "floatingIp", "none"],
  externalNetwork: ["Ext-Net", undefined],
  floatingIpNodes: [true, false],
  existingNetwork: [
    undefined,
    { networkId: "4ca1b2d0-0000-4000-8000-000000000001", subnetId: "4ca1b2d0-0000-4000-8000-000000000002" },
    { networkId: "4ca1b2d0-0000-4000-8000-000000000003", subnetId: "4ca1b2d0-0000-4000-8000-000000000004" },
  ],
  hostCidr: ["192.168.0.0/27", "192.168.8.0/24"],
  podCidr: ["172.17.0.0/16", "172.20.0.0/16"],
  serviceCidr: ["10.0.0.0/16", "10.1.0.0/16"],
  clusterDomain: ["cluster.local", "example.internal"],
  dnsServers: [[], ["192.0.2.53"]],
  nodePortCidrs: [[], ["198.51.100.0/24"]],
  adminCidrs: [["203.0.113.7/32"], ["203.0.113.0/24"], ["0.0.0.0/0"]],
  vlanId: [undefined, 12],
  clusterName: [undefined, "shop"],
  sshUser: ["debian", "ubuntu"],
  registryMirrors: [{}, { "docker.io": ["https://mirror.example"] }],
  artifactMirror: [undefined, "https://mirror.example/files"],
  certificateValidityHours: [8760, 2000],
  certificateEarlyRenewalHours: [720, 0],
  authorities: ["1", "1+2", "2+1", "2"],
  maxUnavailable: [1, 2, 3],
  drainMinutes: [10, 0],
  readinessTimeoutMinutes: [20, 0],
};

/** Every key, each value as often; those about which most is decided more often. */
const changes = fc.constantFrom(
  ...Object.entries(values).flatMap(([key, list]) => list.map((value) => ({ key, value }))),
  ...(["nodes", "nodePools", "kubernetesVersion", "etcdVolume"] as const).flatMap((key) =>
    (values[key] ?? []).map((value) => ({ key, value })),
  ),
);

function set(settings: Settings, key: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(settings, key);
  else settings[key] = structuredClone(value);
}

function raise(settings: Settings, what: "master" | "nodes"): void {
  const raised = (shape: unknown) => {
    const { generation = 1, ...rest } = (shape ?? {}) as { generation?: number };
    return { ...rest, generation: generation + 1 };
  };
  if (what === "master") settings["master"] = raised(settings["master"]);
  else {
    const pools = (settings["nodePools"] ?? { default: {} }) as Record<string, unknown>;
    settings["nodePools"] = Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, raised(pool)]));
  }
}

/** A server by its number, if there are so many. */
function server(world: World, number: number): Server | undefined {
  const all = [...world.cloud.servers.values()];
  return all[number % Math.max(1, all.length)];
}

const hour = 3_600_000;

/** Everything that a person does, in the proportion in which it decides something. */
export function actions(judge: (world: World) => void): fc.Arbitrary<Action>[] {
  const action = (text: string, act: (world: World) => void | Promise<void>): Action => new Action(text, act, judge);
  const up = fc
    .tuple(fc.constantFrom("anna", "anna", "anna", "ben"), fc.option(fc.nat(14), { freq: 2 }))
    .map(([user, stopAfter]) =>
      action(
        `pulumi up${user === "ben" ? " by ben" : ""}${stopAfter === null ? "" : `, killed after ${stopAfter} steps`}`,
        async (world) => {
          await world.up(user, stopAfter ?? Infinity);
        },
      ),
    );
  const plainUp = fc.constant(
    action(plainUpdate, async (world) => {
      await world.up();
    }),
  );
  const change = changes.map(({ key, value }) =>
    action(`set ${key} to ${value === undefined ? "(nothing)" : JSON.stringify(value)}`, ({ settings }) => {
      set(settings, key, value);
    }),
  );
  const generation = fc.constantFrom("master" as const, "nodes" as const, "both" as const).map((what) =>
    action(`raise the generation of ${what}`, ({ settings }) => {
      for (const one of what === "both" ? (["master", "nodes"] as const) : [what]) raise(settings, one);
    }),
  );
  const refresh = fc.constant(
    action("pulumi refresh", (world) => {
      world.refresh();
    }),
  );
  const time = fc.constantFrom(1, 24 * 300, 24 * 360, 24 * 400).map((hours) =>
    action(`${hours} hours pass`, (world) => {
      world.clock.advance(hours * hour);
    }),
  );
  const console = fc
    .tuple(
      fc.nat(3),
      fc.constantFrom(
        "renames",
        "edits metadata of",
        "deletes",
        "reboots",
        "resizes without confirming",
        "stops",
        "starts",
      ),
    )
    .map(([number, what]) =>
      action(`somebody ${what} server ${number}`, (world) => {
        inConsole(world, what, server(world, number));
      }),
    );
  return [
    change,
    change,
    change,
    change,
    generation,
    up,
    up,
    plainUp,
    plainUp,
    plainUp,
    refresh,
    console,
    console,
    time,
  ];
}

function inConsole(world: World, what: string, one: Server | undefined): void {
  if (one === undefined) return;
  switch (what) {
    case "renames":
      one.name = `${one.hostName}-renamed`;
      return;
    case "edits metadata of":
      one.metadata = { ...one.metadata, owner: "somebody", "kovhernetes:kubernetes": "1.30.0" };
      return;
    case "deletes":
      if (isMaster(one) && one.ownEtcd !== undefined) world.lineage = undefined;
      for (const volume of world.cloud.volumes.values())
        if (volume.attachedTo === one.id) volume.attachedTo = undefined;
      world.cloud.servers.delete(one.id);
      world.disturbed.add(one.hostName);
      return;
    case "reboots":
      one.status = "REBOOT";
      one.passesAt = world.clock.now + 30_000;
      one.bootedAt = world.clock.now + 60_000;
      world.disturbed.add(one.hostName);
      return;
    case "resizes without confirming":
      one.status = "VERIFY_RESIZE";
      return;
    case "stops":
      one.status = "SHUTOFF";
      world.disturbed.add(one.hostName);
      return;
    case "starts":
      one.status = "ACTIVE";
      return;
  }
}
