import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig } from "../../components/model/cluster";
import { identifier, pretendCloud, type RegisteredResource } from "../support/mocks";
import {
  directAccess,
  exampleCluster,
  exampleNetwork,
  examplePool,
  floatingAccess,
  floatingMasters,
  privateAccess,
} from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

/** The tree but for the certificates and what is inside the cluster: `type name < parent` without the module of the type. */
const machineTree = (resources: readonly RegisteredResource[]): readonly string[] =>
  resources
    .filter(
      ({ type }) =>
        !/^(tls|kubernetes|pulumi:providers):|^kovhernetes:(pki|addons|readiness):|SecGroupRule$/.test(type),
    )
    .map(({ type, name, parent }) => `${type.replace(/^(\w+):.*:/, "$1:")} ${name} < ${parent ?? "-"}`);
/** What the cluster has whatever its access and pools. */
const commonTree = [
  "kovhernetes:Cluster dev < -",
  "kovhernetes:Network dev-network < dev",
  "kovhernetes:Security dev-security < dev",
  "openstack:SecGroup dev-security-machines < dev-security",
  "openstack:SecGroup dev-security-masters < dev-security",
  "kovhernetes:Startup dev-startup < dev",
];
const networkTree = [
  "openstack:Network dev-network < dev-network",
  "openstack:Subnet dev-network-subnet < dev-network",
];
const routerTree = [
  "openstack:Router dev-network-router < dev-network",
  "openstack:RouterInterface dev-network-router-interface < dev-network",
];
const attachmentTree = (name: string, way?: "external" | "floating-ip") => [
  `kovhernetes:Attachment dev-${name}-port < dev`,
  `openstack:Port dev-${name}-port < dev-${name}-port`,
  ...(way === "external" ? [`openstack:Port dev-${name}-port-external < dev-${name}-port`] : []),
  ...(way === "floating-ip"
    ? [
        `openstack:FloatingIp dev-${name}-port-floating-ip < dev-${name}-port`,
        `openstack:FloatingIpAssociate dev-${name}-port-floating-ip-association < dev-${name}-port`,
      ]
    : []),
];
const serverTree = (name: string) => [
  `kovhernetes:Instance dev-${name} < dev-${name}`,
  `openstack:Instance dev-${name} < dev-${name}`,
];
const masterTree = ["kovhernetes:Master dev-master-0 < dev", ...serverTree("master-0")];
const volumeTree = [
  "kovhernetes:EtcdVolume dev-master-0-etcd < dev-master-0",
  "openstack:Volume dev-master-0-etcd < dev-master-0-etcd",
  "openstack:VolumeAttach dev-master-0-etcd-attachment < dev-master-0",
];
const poolTree = (pool: string, count: number) => [
  `kovhernetes:NodePool dev-${pool} < dev`,
  ...Array.from({ length: count }, (_, ordinal) => [
    `kovhernetes:Node dev-${pool}-${ordinal} < dev-${pool}`,
    ...serverTree(`${pool}-${ordinal}`),
  ]).flat(),
];

describe("the tree of a cluster", () => {
  const exampleTree = [...commonTree, ...masterTree, ...volumeTree, ...poolTree("default", 1)];
  const attached = (way?: "external" | "floating-ip") => [
    ...attachmentTree("master-0", way),
    ...attachmentTree("default-0", way),
  ];
  const existing = { networkId: identifier("given", "network"), subnetId: identifier("given", "subnet") };

  it.each<readonly [string, Partial<ClusterConfig>, readonly string[]]>([
    ["direct", { access: directAccess }, [...networkTree, ...attached("external")]],
    ["floatingIp", { access: floatingAccess }, [...networkTree, ...routerTree, ...attached("floating-ip")]],
    [
      "floatingIp for masters alone",
      { access: floatingMasters },
      [...networkTree, ...routerTree, ...attachmentTree("master-0", "floating-ip"), ...attachmentTree("default-0")],
    ],
    ["none", { access: privateAccess }, [...networkTree, ...attached()]],
    ["direct, with an existing network", { network: { ...exampleNetwork, existing } }, attached("external")],
    [
      "floatingIp, with an existing network",
      { access: floatingAccess, network: { ...exampleNetwork, existing } },
      attached("floating-ip"),
    ],
  ])("with access %s", async (_, changes, accessTree) => {
    expect([...machineTree((await run(changes)).resources)].sort()).toEqual([...exampleTree, ...accessTree].sort());
  });

  it.each<readonly [string, readonly (readonly [pool: string, count: number])[]]>([
    ["no pool", []],
    ["an empty pool", [["default", 0]]],
    ["one pool", [["default", 3]]],
    ["two pools", [["small", 1], ["large", 2]]], // prettier-ignore
  ])("with %s", async (_, pools) => {
    const nodePools = pools.map(([name, count], index) => examplePool(name, count, 15 + index * 5));
    const { resources } = await run({ nodePools, access: privateAccess });
    const nodes = pools.flatMap(([pool, count]) => [
      ...poolTree(pool, count),
      ...Array.from({ length: count }, (__, ordinal) => attachmentTree(`${pool}-${ordinal}`)).flat(),
    ]);
    const rest = [...commonTree, ...networkTree, ...attachmentTree("master-0"), ...masterTree, ...volumeTree];
    expect([...machineTree(resources)].sort()).toEqual([...rest, ...nodes].sort());
  });

  it("without a volume for etcd has neither volume nor attachment", async () => {
    const { etcdVolume: _etcdVolume, ...masters } = exampleCluster().masters;
    const tree = machineTree((await run({ masters })).resources);
    expect(tree).toEqual(expect.arrayContaining(masterTree));
    expect(volumeTree.filter((line) => tree.includes(line))).toEqual([]);
  });

  it("hangs from the cluster as a whole", async () => {
    const { resources } = await run();
    const roots = resources.filter(({ parent }) => parent === undefined);
    expect(roots.map(({ type }) => type)).toEqual(["kovhernetes:index:Cluster"]);
  });

  it("asks the cloud nothing: that was done before it", async () => {
    expect((await run()).calls).toEqual([]);
  });
});
