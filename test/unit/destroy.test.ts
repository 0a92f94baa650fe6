import { describe, expect, test } from "vitest";
import { inventoryOf } from "../../commands/destroy/inventory.ts";
import { readExport } from "../../commands/shared/export.ts";
import { outcomeText, planText, protectedText } from "../../commands/destroy/report.ts";

const cluster = "urn:pulumi:prod::kovhernetes::kovhernetes:index:Cluster";

const resource = (type: string, name: string, more: object = {}): object => ({
  ...{ urn: `${cluster}$${type}::${name}`, type, custom: true },
  ...more,
});

const server = resource("openstack:compute/instance:Instance", "prod-master-0");
const volume = resource("openstack:blockstorage/volume:Volume", "prod-master-0-etcd", { protect: true });
const key = resource("tls:index/privateKey:PrivateKey", "prod-pki-etcd-key", { protect: true });
const port = resource("openstack:networking/port:Port", "prod-default-0-port", { inputs: { name: "prod-default-0" } });

const state = (resources: readonly object[], pending: readonly object[] = []): string =>
  JSON.stringify({ version: 3, deployment: { resources, pending_operations: pending } });

const readInventory = (text: string) => inventoryOf(readExport(text));
const empty = readInventory(state([]));

describe("what is to go with a stack", () => {
  test("is what a provider made, not what was only read, nor what the engine has of its own", () => {
    const resources = [
      { urn: cluster, type: "kovhernetes:index:Cluster" },
      resource("pulumi:providers:openstack", "default"),
      resource("openstack:networking/network:Network", "read", { external: true }),
      server,
    ];
    expect(readInventory(state(resources)).items.map(({ name }) => name)).toEqual(["prod-master-0"]);
  });

  test("is nothing in a stack that was never up", () => {
    expect(readInventory('{"version":3}')).toEqual(empty);
    expect(readInventory('{"version":3,"deployment":{"resources":null}}')).toEqual(empty);
  });

  test("may be what an interrupted update was making, and not what it was deleting", () => {
    const pending = [
      { type: "creating", resource: port },
      { type: "deleting", resource: server },
    ];
    expect(readInventory(state([], pending)).uncertain.map(({ cloudName }) => cloudName)).toEqual(["prod-default-0"]);
  });

  test("may hold objects of somebody else's Kubernetes cluster", () => {
    const object = (provider: string) => resource("kubernetes:core/v1:ConfigMap", "settings", { provider });
    const holds = (provider: string): boolean => readInventory(state([object(provider)])).holdsForeignCluster;
    expect(holds(`${cluster}$pulumi:providers:kubernetes::prod-provider::1`)).toBe(false);
    expect(holds("urn:pulumi:prod::shop::pulumi:providers:kubernetes::elsewhere::1")).toBe(true);
  });
});

describe("what is said", () => {
  const all = readInventory(state([server, volume, key]));

  test("beforehand: everything by kind, and by name where the cloud has names", () => {
    expect(planText("prod", all)).toBe(
      [
        "Stack prod has 3 resources, which will be deleted for good:",
        "  1 server: prod-master-0",
        "  1 volume: prod-master-0-etcd",
        "  1 key or certificate in the state",
      ].join("\n"),
    );
  });

  test("of protected ones: each, and the command that deletes them", () => {
    const text = protectedText("prod", "--stack prod --cwd there", all);
    expect(text).toMatch(/^Nothing was deleted: 2 resources of stack prod are protected \(protectData\)\.\n/);
    expect(text).toContain("\n  volume prod-master-0-etcd\n  key or certificate prod-pki-etcd-key\n");
    expect(text).toContain("  npm run destroy -- --stack prod --cwd there --delete-protected\n");
    expect(text).not.toContain("prod-master-0\n");
  });

  test("afterwards: what is left, or that nothing is", () => {
    const some = outcomeText("prod", "--stack prod", all, readInventory(state([volume])));
    expect(some).toMatch(/^Stack prod still has 1 resource; 2 of 3 were deleted:\n {2}1 volume: prod-master-0-etcd\n/);
    expect(some).toContain("npm run destroy -- --stack prod");
    const none = outcomeText("prod", "--stack prod", all, empty);
    expect(none).toContain("Nothing that stack prod made is left in the project, and its state is empty.");
    expect(none).toContain("  1 server: prod-master-0\n");
  });

  test("of what may be left: its name in the cloud, and how to go on", () => {
    const after = readInventory(state([], [{ type: "creating", resource: port }]));
    const text = outcomeText("prod", "--stack prod", empty, after);
    expect(text).toContain("\n  port prod-default-0\n");
    expect(text).toContain("pulumi refresh --clear-pending-creates --yes --stack prod\n");
    expect(text).toContain("An update was interrupted while it made what follows");
    expect(text).not.toContain("stack rm");
  });

  test("of what was to be kept: that it stays, before and afterwards", () => {
    const kept = resource("openstack:networking/network:Network", "prod-network", { retainOnDelete: true });
    const before = readInventory(state([server, kept]));
    expect(planText("prod", before)).toMatch(
      /has 1 resource, .*\n {2}1 server: .*\nThese .* stay .*\n {2}1 network: prod-network$/,
    );
    const text = outcomeText("prod", "--stack prod", before, empty);
    expect(text).not.toContain("Nothing that stack prod made is left");
    expect(text).toMatch(
      /1 server: prod-master-0\n\n.* is empty\.\n.*\(retainOnDelete\) is in the project.*\n {2}1 network: prod-network\n/,
    );
  });

  test("of what was to be kept beside what may be left: both, and no word of there being nothing", () => {
    const kept = resource("openstack:networking/network:Network", "prod-network", { retainOnDelete: true });
    const after = readInventory(state([], [{ type: "creating", resource: port }]));
    const text = outcomeText("prod", "--stack prod", readInventory(state([server, kept])), after);
    expect(text).toContain("\n  port prod-default-0\n");
    expect(text).toMatch(/\(retainOnDelete\) is in the project.*\n {2}1 network: prod-network$/);
    expect(text).not.toMatch(/nothing/i);
  });

  test("of a stack that has nothing", () => {
    expect(outcomeText("prod", "--stack prod", empty, empty)).toMatch(/^Stack prod has no resources: /);
  });
});
