import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ClusterConfig } from "../../components/config/model";
import { userDataLimit } from "../../cloudinit";
import {
  holds,
  identifier,
  leakedSecrets,
  plain,
  pretendCloud,
  pretendedAddress,
  pretendedPem,
  promiseOf,
  runProgram,
  type RegisteredResource,
} from "../support/mocks";
import { decodeUserData } from "../support/user-data";
import { directAccess, exampleCluster, exampleNetwork, examplePool, floatingAccess } from "./example-cluster";

const serverType = "openstack:compute/instance:Instance";
const portType = "openstack:networking/port:Port";
const volumeType = "openstack:blockstorage/volume:Volume";
const keyType = "tls:index/privateKey:PrivateKey";

let Cluster: typeof import("../../components/cluster").Cluster;
beforeAll(async () => {
  await pretendCloud();
  ({ Cluster } = await import("../../components/cluster"));
});

/** Runs the cluster to its last output. */
const runOnce = (changes: Partial<ClusterConfig>) =>
  runProgram(async (options) => {
    const cluster = new Cluster("dev", exampleCluster(changes), options);
    return {
      cluster,
      apiUrl: await promiseOf(cluster.apiUrl),
      kubeconfig: await promiseOf(cluster.kubeconfig),
      machines: await promiseOf(cluster.machines),
      expiry: await promiseOf(cluster.certificateExpiry),
    };
  });

const runs = new Map<string, ReturnType<typeof runOnce>>();

/** What a configuration leads to; the same configuration is run once. */
function run(changes: Partial<ClusterConfig> = {}): ReturnType<typeof runOnce> {
  const key = JSON.stringify(exampleCluster(changes));
  const known = runs.get(key) ?? runOnce(changes);
  runs.set(key, known);
  return known;
}

/** The tree but for the certificates and what is inside the cluster: `type name < parent` without the module of the type. */
const machineTree = (resources: readonly RegisteredResource[]): readonly string[] =>
  resources
    .filter(
      ({ type }) =>
        !/^(tls|kubernetes|pulumi:providers):|^kovhernetes:(pki|addons|readiness):|SecGroupRule$/.test(type),
    )
    .map(({ type, name, parent }) => `${type.replace(/^(\w+):.*:/, "$1:")} ${name} < ${parent ?? "-"}`);
const ofType = (resources: readonly RegisteredResource[], type: string): readonly RegisteredResource[] =>
  resources.filter((resource) => resource.type === type);

function server(resources: readonly RegisteredResource[], name: string): RegisteredResource {
  const found = ofType(resources, serverType).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no server ${name}`);
  return found;
}

/** What the cluster has whatever its access and pools. */
const commonTree = [
  "kovhernetes:Cluster dev < -",
  "kovhernetes:Network dev-network < dev",
  "kovhernetes:Security dev-security < dev",
  "openstack:SecGroup dev-security-machines < dev-security",
  "openstack:SecGroup dev-security-masters < dev-security",
  "openstack:Keypair dev-ssh < dev",
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
  ...(way === "floating-ip" ? [`openstack:FloatingIp dev-${name}-port-floating-ip < dev-${name}-port`] : []),
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
      { access: { ...floatingAccess, nodes: false } },
      [...networkTree, ...routerTree, ...attachmentTree("master-0", "floating-ip"), ...attachmentTree("default-0")],
    ],
    ["none", { access: { mode: "none" } }, [...networkTree, ...attached()]],
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
    const { resources } = await run({ nodePools, access: { mode: "none" } });
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

  it("asks the cloud nothing but the external network, and not even that where machines are private", async () => {
    expect((await run()).calls).toEqual([
      { token: "openstack:networking/getNetwork:getNetwork", inputs: { name: "Ext-Net", external: true } },
    ]);
    expect((await run({ access: { mode: "none" } })).calls).toEqual([]);
  });
});

describe("scaling", () => {
  const inputs = (resources: readonly RegisteredResource[]) =>
    new Map(
      resources.map(({ type, name, parent, inputs: given }) => [`${type} ${name} < ${parent ?? "-"}`, plain(given)]),
    );

  /** Resources that a change adds; all that were there before must stay with the same inputs. */
  async function added(before: Partial<ClusterConfig>, after: Partial<ClusterConfig>): Promise<readonly string[]> {
    const old = inputs((await run(before)).resources);
    const now = inputs((await run(after)).resources);
    expect(Object.fromEntries([...now].filter(([key]) => old.has(key)))).toEqual(Object.fromEntries(old));
    return [...now.keys()].filter((key) => !old.has(key));
  }

  it.each([
    ["direct", directAccess, 2],
    ["floatingIp", floatingAccess, 2],
    ["none", { mode: "none" }, 1],
  ] as const)(
    "with access %s, one node more adds that node's resources and changes no other",
    async (_, access, networkParts) => {
      const names = await added(
        { access, nodePools: [examplePool("default", 1, 15)] },
        { access, nodePools: [examplePool("default", 2, 15)] },
      );
      expect(names.filter((name) => !name.includes("default-1"))).toEqual([]);
      expect(names.filter((name) => name.startsWith("openstack:networking/"))).toHaveLength(networkParts);
      // Three certificates of a component, a key, a request and a certificate each; attachment, node, instance and server.
      expect(names).toHaveLength(3 * 4 + 1 + networkParts + 3);
    },
  );

  it("growing one pool changes nothing of another, wherever the pools stand in the configuration", async () => {
    const large = examplePool("large", 2, 20);
    for (const order of [(a: unknown, b: unknown) => [a, b], (a: unknown, b: unknown) => [b, a]]) {
      const pools = (count: number) => order(examplePool("small", count, 15), large) as ClusterConfig["nodePools"];
      const names = await added({ nodePools: pools(1) }, { nodePools: pools(3) });
      expect(names.filter((name) => !/small-[12]/.test(name))).toEqual([]);
    }
  });

  it("a pool more adds that pool alone", async () => {
    const nodePools = [examplePool("default", 1, 15)];
    const names = await added({ nodePools }, { nodePools: [...nodePools, examplePool("large", 1, 20)] });
    expect(names.filter((name) => !name.includes("dev-large"))).toEqual([]);
  });
});

describe("a server", () => {
  it.each([
    ["direct", directAccess, ["port", "port-external"]],
    ["floatingIp", floatingAccess, ["port"]],
    ["none", { mode: "none" }, ["port"]],
  ] as const)("with access %s has its ports in order, the host network first", async (_, access, ports) => {
    const { resources } = await run({ access });
    for (const name of ["dev-master-0", "dev-default-0"]) {
      expect(server(resources, name).inputs).toMatchObject({
        networks: ports.map((port) => ({ port: identifier(portType, `${name}-${port}`) })),
      });
    }
  });

  it("has the image, flavor and zone of its own pool, its host name, the key pair and a config drive", async () => {
    const large = { ...examplePool("large", 1, 20), flavor: "b3-64", image: "ubuntu-24.04", availabilityZone: "b" };
    const { resources } = await run({ nodePools: [examplePool("default", 1, 15), large] });
    const common = { keyPair: "dev-ssh", configDrive: true, stopBeforeDestroy: true };
    const shapes = {
      "dev-master-0": { imageName: "debian-13", flavorName: "b3-16" },
      "dev-default-0": { imageName: "debian-13", flavorName: "b3-8" },
      "dev-large-0": { imageName: "ubuntu-24.04", flavorName: "b3-64", availabilityZone: "b" },
    };
    for (const [name, shape] of Object.entries(shapes)) {
      expect(server(resources, name).inputs).toMatchObject({ name, ...common, ...shape });
    }
    expect(server(resources, "dev-default-0").inputs).not.toHaveProperty("availabilityZone");
  });

  it("is at its planned address, in the groups of its role", async () => {
    const { resources } = await run();
    const group = (name: string) => identifier("openstack:networking/secGroup:SecGroup", `dev-security-${name}`);
    const port = (name: string) => ofType(resources, portType).find((one) => one.name === `dev-${name}-port`)?.inputs;
    expect(port("master-0")).toMatchObject({
      fixedIps: [{ ipAddress: "192.168.0.10" }],
      securityGroupIds: [group("machines"), group("masters")],
    });
    expect(port("default-0")).toMatchObject({
      fixedIps: [{ ipAddress: "192.168.0.15" }],
      securityGroupIds: [group("machines")],
    });
  });

  it("is not replaced for new user data, and gives up its port before another takes it", async () => {
    const { resources } = await run();
    for (const { options } of ofType(resources, serverType)) {
      expect(options).toMatchObject({ ignoreChanges: ["userData"], deleteBeforeReplace: true });
    }
  });
});

describe("user data", () => {
  const pools = [examplePool("small", 1, 15), examplePool("large", 1, 20)];
  const keyOf = (name: string): string => pretendedPem("PRIVATE KEY", `dev-pki-${name}-key`);
  const machineKeys = (hostName: string) =>
    ["kubelet-server", "kubelet-client", "kube-proxy"].map((purpose) => keyOf(`${hostName}-${purpose}`));
  const masterKeys = [
    "etcd-server",
    "etcd-peer",
    "etcd-health-client",
    "apiserver",
    "apiserver-etcd-client",
    "apiserver-kubelet-client",
    "front-proxy-client",
    "controller-manager",
    "scheduler",
  ].map((purpose) => keyOf(`dev-master-0-${purpose}`));
  // The controller manager signs with the kubernetes authority and with the key of ServiceAccount tokens.
  const signingKeys = [keyOf("kubernetes-authority"), keyOf("service-account")];

  async function userDataOf(name: string) {
    const { resources } = await run({ nodePools: pools });
    const encoded = plain(server(resources, name).inputs["userData"]) as string;
    const text = decodeUserData(encoded);
    const everyKey = ofType(resources, keyType).map((key) => key.state["privateKeyPem"] as string);
    return { encoded, keys: everyKey.filter((key) => holds(unfolded(text), unfolded(key))).sort() };
  }
  /** PEM texts in the form in which indentation and line ends do not matter. */
  const unfolded = (text: string): string => text.replace(/\s+/g, "");

  it("of a node holds the node's own three keys and no other, none of the master's among them", async () => {
    for (const name of ["dev-small-0", "dev-large-0"]) {
      expect((await userDataOf(name)).keys).toEqual(machineKeys(name).sort());
    }
  });

  it("of a master holds its own keys and those it signs with, not the administrator's nor another authority's", async () => {
    const { keys } = await userDataOf("dev-master-0");
    expect(keys).toEqual([...machineKeys("dev-master-0"), ...masterKeys, ...signingKeys].sort());
  });

  it("stays below what Nova takes", async () => {
    for (const name of ["dev-master-0", "dev-small-0"]) {
      const { encoded } = await userDataOf(name);
      const isBase64 = !encoded.startsWith("#");
      const size = isBase64 ? encoded.length : Buffer.from(encoded).toString("base64").length;
      expect(size).toBeLessThanOrEqual(userDataLimit);
    }
  });

  it("of a master names the volume that holds etcd", async () => {
    const { resources } = await run();
    const text = decodeUserData(plain(server(resources, "dev-master-0").inputs["userData"]) as string);
    // Virtio shows the first 20 characters of the identifier as the disk's serial number, and no more.
    expect(text).toContain(identifier(volumeType, "dev-master-0-etcd").slice(0, 20));
  });
});

describe("secrets", () => {
  it("are in no input outside a secret, nor in any output of a component", async () => {
    for (const access of [directAccess, floatingAccess]) {
      const { resources, outputs, result } = await run({ access });
      const keys = ofType(resources, keyType).map((key) => key.state["privateKeyPem"] as string);
      expect(keys.length).toBeGreaterThan(0);
      const userData = ofType(resources, serverType).map((one) => plain(one.inputs["userData"]) as string);
      const secrets = [...keys, ...userData, result.kubeconfig];
      const leaks = resources.flatMap(({ type, name, inputs }) => leakedSecrets(inputs, secrets, `${type} ${name}`));
      expect(leaks).toEqual([]);
      expect([...outputs].flatMap(([urn, output]) => leakedSecrets(output, secrets, urn))).toEqual([]);
    }
  });

  it("stay secret as outputs of the cluster", async () => {
    const { result } = await run();
    expect(await pulumi.isSecret(result.cluster.kubeconfig)).toBe(true);
    for (const open of [result.cluster.apiUrl, result.cluster.machines, result.cluster.certificateExpiry]) {
      expect(await pulumi.isSecret(open)).toBe(false);
    }
  });
});

describe("inside the cluster", () => {
  it("everything is made through the cluster's own provider, which a renewed certificate does not replace", async () => {
    const { resources } = await run();
    const [provider, ...more] = ofType(resources, "pulumi:providers:kubernetes");
    expect(more).toEqual([]);
    expect(provider?.inputs).toMatchObject({ clusterIdentifier: "dev" });
    const inside = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(inside.length).toBeGreaterThan(0);
    for (const { provider: used } of inside) expect(used).toContain(`::${provider?.name ?? ""}::`);
  });

  it("the provider uses the break-glass identity, since the administrator's rights are among what it makes", async () => {
    const { resources, result } = await run();
    const provider = ofType(resources, "pulumi:providers:kubernetes")[0]?.inputs["kubeconfig"];
    const certificate = (kubeconfig: string) => {
      const { users } = parse(kubeconfig) as { users: { user: Record<string, string> }[] };
      return Buffer.from(users[0]?.user["client-certificate-data"] ?? "", "base64").toString("utf8");
    };
    expect(certificate(plain(provider) as string)).toBe(pretendedPem("CERTIFICATE", "dev-pki-break-glass-certificate"));
    expect(certificate(result.kubeconfig)).toBe(pretendedPem("CERTIFICATE", "dev-pki-administrator-certificate"));
  });
});

describe("outputs", () => {
  it.each([
    [
      "direct",
      directAccess,
      pretendedAddress("dev-master-0-port-external"),
      pretendedAddress("dev-default-0-port-external"),
    ],
    [
      "floatingIp",
      floatingAccess,
      pretendedAddress("dev-master-0-port-floating-ip"),
      pretendedAddress("dev-default-0-port-floating-ip"),
    ],
    [
      "floatingIp for masters alone",
      { ...floatingAccess, nodes: false },
      pretendedAddress("dev-master-0-port-floating-ip"),
      undefined,
    ],
    ["none", { mode: "none" }, undefined, undefined],
  ] as const)(
    "with access %s name the API and every machine by the address that answers",
    async (_, access, master, node) => {
      const { result } = await run({ access });
      const api = `https://${master ?? "192.168.0.10"}:6443`;
      expect(result.apiUrl).toBe(api);
      expect(parse(result.kubeconfig)).toMatchObject({ clusters: [{ cluster: { server: api } }] });
      expect(result.machines).toEqual([
        {
          name: "dev-master-0",
          role: "master",
          address: "192.168.0.10",
          publicAddress: master,
          ssh: `ssh debian@${master ?? "192.168.0.10"}`,
        },
        {
          name: "dev-default-0",
          role: "node",
          address: "192.168.0.15",
          publicAddress: node,
          ssh: `ssh debian@${node ?? "192.168.0.15"}`,
        },
      ]);
      expect(Date.parse(result.expiry)).not.toBeNaN();
    },
  );

  it("name the public address of the API in its certificate, so that TLS holds from outside", async () => {
    for (const [access, suffix] of [
      [directAccess, "external"],
      [floatingAccess, "floating-ip"],
    ] as const) {
      // prettier-ignore
      const { resources } = await run({ access });
      const request = resources.find(({ name }) => name === "dev-pki-dev-master-0-apiserver-request");
      expect(request?.inputs["ipAddresses"]).toContain(pretendedAddress(`dev-master-0-port-${suffix}`));
    }
  });
});
