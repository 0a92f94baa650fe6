import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { Cluster } from "../../components/cluster";
import { validateConfig } from "../../components/checks/validate";
import type { ClusterConfig } from "../../components/model/cluster";
import type { ClusterDescription } from "../../commands/diagram/description.ts";
import { drawCluster } from "../../commands/diagram/diagram.ts";
import { describeState } from "../../commands/diagram/state.ts";
import { readExport } from "../../commands/shared/export.ts";
import { identifier, pretendCloud, promiseOf, runProgram } from "../support/mocks";
import { overlaps } from "../support/picture.ts";

const root = join(__dirname, "../..");
const pictureFile = join(root, "docs/images/cluster.svg");

/** A stack file's own values by key. */
function valuesOf(file: string): Readonly<Record<string, unknown>> {
  const { config } = parse(readFileSync(join(root, file), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const prefix = "kovhernetes:";
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

interface ExportedState {
  readonly deployment: {
    readonly resources: readonly {
      readonly urn: string;
      readonly type: string;
      readonly id: string;
      readonly outputs: Record<string, unknown>;
    }[];
  };
}

/** The same state as versions left it that led a floating address to its port when they allocated it. */
function asEarlierVersionsLeftIt({ deployment: { resources } }: ExportedState): ExportedState {
  const associationType = "openstack:networking/floatingIpAssociate:FloatingIpAssociate";
  const led = resources.filter(({ type }) => type === associationType);
  const portOf = (address: unknown) => led.find(({ outputs }) => outputs["floatingIp"] === address)?.outputs["portId"];
  const earlier = resources
    .filter(({ type }) => type !== associationType)
    .map((one) =>
      one.type === "openstack:networking/floatingIp:FloatingIp"
        ? { ...one, outputs: { ...one.outputs, portId: portOf(one.outputs["address"]) } }
        : one,
    );
  return { deployment: { resources: earlier } };
}

/** What `pulumi stack export` would print of a configuration's cluster, made in a pretended cloud. */
async function exportedState(config: ClusterConfig): Promise<ExportedState> {
  const { resources } = await runProgram(async (options) => {
    const nothing = {
      recordedMachines: [],
      recordedAddons: undefined,
      hasKeyPair: false,
      recordedPhases: undefined,
      externalNetworkId: "external",
      isOffline: false,
    };
    const cluster = new Cluster(config.clusterName, { ...config, ...nothing }, options);
    await promiseOf(cluster.machines);
  });
  return {
    deployment: {
      resources: resources.map(({ type, name, state }) => ({
        urn: `urn:pulumi:example::kovhernetes::${type}::${name}`,
        type,
        id: identifier(type, name),
        outputs: state,
      })),
    },
  };
}

/** What is drawn of a stack file, with changes of its values. */
async function describeStack(
  file: string,
  changes: Readonly<Record<string, unknown>> = {},
  change: (state: ExportedState) => ExportedState = (state) => state,
): Promise<ClusterDescription> {
  const values = { ...valuesOf(file), ...changes };
  const result = validateConfig(values, { stackName: "example" });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const { network } = result.config;
  const defaults = { hostCidr: network.hostCidr, podCidr: network.podCidr, serviceCidr: network.serviceCidr };
  const texts = Object.entries({ ...defaults, ...values }).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return describeState(readExport(JSON.stringify(change(await exportedState(result.config)))), new Map(texts));
}

const production = "examples/stacks/Pulumi.production.yaml";

beforeAll(pretendCloud);

describe("what a stack's state tells of its cluster", () => {
  test("pools, addresses, networks, rules and the volume of the production example", async () => {
    const cluster = await describeStack(production);
    expect(
      cluster.machines.map(({ name, pool, address, publicAddress }) => [
        name,
        pool,
        address,
        publicAddress !== undefined,
      ]),
    ).toEqual([
      ["shop-master-0", "master", "192.168.0.10", true],
      ...[20, 21, 22, 23].map((last, ordinal) => [`shop-web-${ordinal}`, "web", `192.168.0.${last}`, false]),
      ...[60, 61].map((last, ordinal) => [`shop-batch-${ordinal}`, "batch", `192.168.0.${last}`, false]),
    ]);
    expect(cluster.rules).toEqual([
      { appliesTo: "machines", what: "TCP 22", from: "administrators" },
      { appliesTo: "masters", what: "TCP 2379–2380", from: "masters" },
      { appliesTo: "masters", what: "TCP 6443", from: "cluster members" },
      { appliesTo: "masters", what: "TCP 6443", from: "administrators" },
      { appliesTo: "machines", what: "UDP 8472", from: "cluster members" },
      { appliesTo: "machines", what: "TCP 10250", from: "cluster members" },
      { appliesTo: "machines", what: "TCP 30000–32767", from: "192.168.0.0/24" },
      { appliesTo: "machines", what: "UDP 30000–32767", from: "192.168.0.0/24" },
      { appliesTo: "machines", what: "ICMP", from: "cluster members" },
    ]);
    expect(cluster).toMatchObject({
      name: "shop",
      adminCidrs: ["198.51.100.0/28", "203.0.113.7/32"],
      hostNetwork: {
        cidr: "192.168.0.0/24",
        name: "shop-network",
        allocation: { start: "192.168.0.2", end: "192.168.0.9" },
      },
      podCidr: "172.17.0.0/16",
      serviceCidr: "10.0.0.0/16",
      dnsAddress: "10.0.0.10",
      access: { mode: "floatingIp", externalNetwork: "public", router: "shop-network" },
      authorization: "RBAC",
      localhostApi: false,
      etcdVolume: { sizeGiB: 20, type: "fast" },
    });
  });

  test("floating addresses that earlier versions led to their ports", async () => {
    const led = await describeStack(production);
    expect(led.machines[0]?.publicAddress).toBeDefined();
    expect(await describeStack(production, {}, asEarlierVersionsLeftIt)).toEqual(led);
  });

  test("a second interface, node ports, the API on loopback, and etcd without a volume", async () => {
    const changes = { nodePortCidrs: ["203.0.113.0/24"], localhostApi: true, etcdVolume: false };
    const cluster = await describeStack("examples/stacks/Pulumi.ovh.yaml", changes);
    expect(cluster.access).toEqual({ mode: "direct", externalNetwork: "Ext-Net" });
    expect(cluster.rules).toContainEqual({ appliesTo: "machines", what: "TCP 30000–32767", from: "203.0.113.0/24" });
    expect(cluster).toMatchObject({ localhostApi: true, etcdVolume: undefined, hostNetwork: { vlanId: "42" } });
  });

  test("a private network that exists already, before there are add-ons", async () => {
    const existingNetwork = {
      networkId: "4ca1b2d0-0000-4000-8000-000000000001",
      subnetId: "4ca1b2d0-0000-4000-8000-000000000002",
    };
    const cluster = await describeStack("Pulumi.dev.yaml", {
      access: "none",
      externalNetwork: "",
      existingNetwork,
      readinessTimeoutMinutes: 0,
    });
    expect(cluster.access).toEqual({ mode: "none" });
    expect(cluster.hostNetwork).toMatchObject({ cidr: "192.168.0.0/27", name: undefined });
    expect(cluster.podCidr).toBe("172.17.0.0/16");
    expect(cluster.dnsAddress).toBeUndefined();
  });

  test("nothing, where `pulumi up` has made no cluster", () => {
    expect(() => describeState(readExport('{"deployment":{}}'), new Map())).toThrow("pulumi up");
  });
});

describe("the README's picture (UPDATE_DOCUMENTS=1 writes it)", () => {
  test("is what `npm run diagram` draws of the production example", async () => {
    const svg = drawCluster(await describeStack(production));
    expect(overlaps(svg)).toEqual([]);
    if (process.env["UPDATE_DOCUMENTS"] !== undefined) writeFileSync(pictureFile, svg);
    expect(readFileSync(pictureFile, "utf8")).toBe(svg);
  });
});
