import { createPrivateKey, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { userDataLimit } from "../../cloudinit";
import { holds, identifier, plain, pretendCloud, pretendedPem } from "../support/mocks";
import type { RecordedMachine } from "../../components/model/recorded";
import { decodeUserData, parseUserData } from "../support/user-data";
import { directAccess, exampleCluster, examplePool, floatingAccess, privateAccess } from "./example-cluster";

const serverType = "openstack:compute/instance:Instance";
const portType = "openstack:networking/port:Port";
const volumeType = "openstack:blockstorage/volume:Volume";
const keyType = "tls:index/privateKey:PrivateKey";

let run: typeof import("./run-cluster").run;
let server: typeof import("./run-cluster").server;
let ofType: typeof import("./run-cluster").ofType;
beforeAll(async () => {
  await pretendCloud();
  ({ run, server, ofType } = await import("./run-cluster.ts"));
});

describe("a server", () => {
  it.each([
    ["direct", directAccess, ["port", "port-external"]],
    ["floatingIp", floatingAccess, ["port"]],
    ["none", privateAccess, ["port"]],
  ] as const)("with access %s has its ports in order, the host network first", async (_, access, ports) => {
    const { resources } = await run({ access });
    for (const name of ["dev-master-0", "dev-default-0"]) {
      expect(server(resources, name).inputs).toMatchObject({
        networks: ports.map((port) => ({ port: identifier(portType, `${name}-${port}`) })),
      });
    }
  });

  it("has the image, flavor and zone of its own pool, its host name and a config drive, and no key pair of anybody", async () => {
    const large = { ...examplePool("large", 1, 20), flavor: "b3-64", image: "ubuntu-24.04", availabilityZone: "b" };
    const { resources } = await run({ nodePools: [examplePool("default", 1, 15), large] });
    const common = { configDrive: true, stopBeforeDestroy: true };
    const shapes = {
      "dev-master-0": { imageName: "debian-13", flavorName: "b3-16" },
      "dev-default-0": { imageName: "debian-13", flavorName: "b3-8" },
      "dev-large-0": { imageName: "ubuntu-24.04", flavorName: "b3-64", availabilityZone: "b" },
    };
    for (const [name, shape] of Object.entries(shapes)) {
      expect(server(resources, name).inputs).toMatchObject({ name, ...common, ...shape });
    }
    expect(server(resources, "dev-default-0").inputs).not.toHaveProperty("availabilityZone");
    for (const { inputs } of ofType(resources, serverType)) expect(inputs).not.toHaveProperty("keyPair");
    for (const name of Object.keys(shapes)) {
      const { document } = parseUserData(decodeUserData(String(plain(server(resources, name).inputs["userData"]))));
      expect(document["ssh_authorized_keys"]).toEqual([exampleCluster().ssh.publicKey]);
    }
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
      expect(options).toMatchObject({
        ignoreChanges: [
          "availabilityZone",
          "configDrive",
          "flavorName",
          "imageName",
          "keyPair",
          "metadata",
          "networks",
          "userData",
        ],
        deleteBeforeReplace: true,
      });
    }
  });

  it("takes on everything anew when its generation or the Kubernetes release is another than the one it was made from", async () => {
    const recorded = (name: string, generation: number, kubernetes: string) => ({
      ...{ name, generation, kubernetes, image: "debian-13", flavor: "b3-8" },
      role: name.includes("master") ? ("master" as const) : ("node" as const),
    });
    const nodePools = [{ ...examplePool("default", 3, 15), generation: 2 }];
    const { resources } = await run({ nodePools }, [
      recorded("dev-master-0", 1, "1.36.3"),
      recorded("dev-default-0", 1, "1.36.3"),
      recorded("dev-default-1", 2, "1.35.4"),
      recorded("dev-default-2", 2, "1.36.3"),
    ]);
    const ignored = (name: string) => server(resources, name).options.ignoreChanges?.length;
    const names = ["dev-master-0", "dev-default-0", "dev-default-1", "dev-default-2"];
    expect(names.map(ignored)).toEqual([8, 0, 0, 8]);
  });

  it("keeps the key pair that an earlier version made, unaltered, while a machine stays that was made with it", async () => {
    const recorded = (name: string, generation: number, keyPair?: string): RecordedMachine => ({
      ...{ name, generation, kubernetes: "1.36.3", image: "debian-13", flavor: "b3-8" },
      role: name.includes("master") ? "master" : "node",
      ...(keyPair === undefined ? {} : { keyPair }),
    });
    const keyPairs = async (machines: readonly RecordedMachine[], inState = true) =>
      ofType((await run({}, machines, false, inState)).resources, "openstack:compute/keypair:Keypair");
    const both = [recorded("dev-master-0", 1, "dev-ssh"), recorded("dev-default-0", 1, "dev-ssh")];
    const [kept, ...others] = await keyPairs(both);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ name: "dev-ssh", parent: "dev-ssh", inputs: { name: "dev-ssh" } });
    expect(kept?.options.ignoreChanges).toEqual(["name", "publicKey"]);
    // One that is replaced in this update needs it no more.
    expect(
      await keyPairs([recorded("dev-master-0", 0, "dev-ssh"), recorded("dev-default-0", 1, "dev-ssh")]),
    ).toHaveLength(1);
    expect(await keyPairs([recorded("dev-master-0", 0, "dev-ssh"), recorded("dev-default-0", 1)])).toEqual([]);
    expect(await keyPairs([recorded("dev-master-0", 1), recorded("dev-default-0", 1)])).toEqual([]);
    // A colleague's refresh has taken it out of the state: it is nothing to make again.
    expect(await keyPairs(both, false)).toEqual([]);
  });

  it("tells in its metadata what it was made from, for the next update to read", async () => {
    const { resources } = await run({ nodePools: [{ ...examplePool("default", 1, 15), generation: 7 }] });
    expect(server(resources, "dev-default-0").inputs["metadata"]).toMatchObject({
      "kovhernetes:role": "node",
      "kovhernetes:generation": "7",
      "kovhernetes:kubernetes": "1.36.3",
    });
  });
});

describe("user data", () => {
  const pools = [examplePool("small", 1, 15), examplePool("large", 1, 20)];
  const keyOf = (name: string): string => pretendedPem("PRIVATE KEY", `dev-pki-${name}-key`);
  const machinePairs = ["kubelet-server", "kubelet", "kube-proxy"].map((name) => `/etc/kubernetes/pki/${name}`);
  const masterPairs = [
    ...["server", "peer", "health-client"].map((name) => `/etc/etcd/pki/${name}`),
    ...[
      "apiserver",
      "apiserver-etcd-client",
      "apiserver-kubelet-client",
      "front-proxy-client",
      "kube-controller-manager",
      "kube-scheduler",
    ].map((name) => `/etc/kubernetes/pki/${name}`),
  ];

  async function userDataOf(name: string) {
    const { resources } = await run({ nodePools: pools });
    const encoded = plain(server(resources, name).inputs["userData"]) as string;
    const text = decodeUserData(encoded);
    const { files } = parseUserData(text);
    const held = new Map([...files].flatMap(([path, { content }]) => (path.endsWith(".key") ? [[path, content]] : [])));
    const ofResources = ofType(resources, keyType).map((key) => key.state["privateKeyPem"] as string);
    return { encoded, files, held, shared: ofResources.filter((key) => holds(unfolded(text), unfolded(key))).sort() };
  }
  /** PEM texts in the form in which indentation and line ends do not matter. */
  const unfolded = (text: string): string => text.replace(/\s+/g, "");

  it("of a node holds the node's own three keys and no other, none of the master's among them", async () => {
    for (const name of ["dev-small-0", "dev-large-0"]) {
      const { held, shared } = await userDataOf(name);
      expect([...held.keys()].sort()).toEqual(machinePairs.map((pair) => `${pair}.key`).sort());
      expect(shared).toEqual([]);
    }
  });

  it("of a master holds its own keys and those it signs with, not the administrator's nor another authority's", async () => {
    const { held, shared } = await userDataOf("dev-master-0");
    const signing = ["ca-signing", "service-account"].map((name) => `/etc/kubernetes/pki/${name}`);
    expect([...held.keys()].sort()).toEqual(
      [...machinePairs, ...masterPairs, ...signing].map((pair) => `${pair}.key`).sort(),
    );
    // The controller manager signs with the kubernetes authority and with the key of ServiceAccount tokens.
    expect(shared).toEqual([keyOf("kubernetes-authority"), keyOf("service-account")].sort());
  });

  it("of no two machines holds the same key, and each beside the certificate that is its own", async () => {
    const machines = await Promise.all(["dev-master-0", "dev-small-0", "dev-large-0"].map(userDataOf));
    const keys = machines.flatMap(({ held }) => [...held.values()]);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { files, held } of machines) {
      for (const [path, key] of held) {
        if (path.endsWith("/service-account.key")) continue;
        const certificate = new X509Certificate(files.get(path.replace(/key$/, "crt"))?.content ?? "");
        expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
      }
    }
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
