import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ClusterSettings } from "../../components/generated/settings";
import { identifier, pretendCloud, promiseOf, refuseCalls, runProgram } from "../support/mocks";
import { settingExamples } from "../support/setting-examples";

const settings: ClusterSettings = {
  image: "Debian 12",
  flavor: "b3-8",
  externalNetwork: "Ext-Net",
  sshPublicKey: settingExamples.sshPublicKey,
  adminCidrs: ["203.0.113.7/32"],
  authorization: "RBAC",
};

let library: typeof import("../../library");
beforeAll(async () => {
  await pretendCloud();
  library = await import("../../library.ts");
});
afterEach(() => {
  refuseCalls(() => undefined);
});

describe("a cluster from settings", () => {
  it("is completed with the defaults of a stack file, and has the stack's name", async () => {
    const args = await library.prepareCluster(settings);
    expect(args).toMatchObject({
      clusterName: "test",
      kubernetes: { version: "1.36.3", clusterDomain: "cluster.local" },
      nodePools: [{ name: "default", count: 1, addressOffset: 15, flavor: "b3-8" }],
      recordedMachines: [],
    });
    const result = library.checkSettings(settings, { stackName: "test" });
    expect(args).toEqual({
      ...("config" in result ? result.config : {}),
      recordedMachines: [],
      recordedAddons: undefined,
      hasKeyPair: false,
      recordedPhases: undefined,
      externalNetworkId: identifier("openstack:networking/getNetwork:getNetwork", "Ext-Net"),
      isOffline: false,
    });
  });

  it("is refused with everything that is wrong, by the names that the program gave, and nothing is asked or made", async () => {
    const wrong = { ...settings, flavour: "b3-8", nodePools: { web: { count: 40 } }, hostCidr: "192.168.0.0/27" };
    const { result, registrations, calls } = await runProgram(() =>
      library.prepareCluster(wrong).catch((error: unknown) => error),
    );
    expect(result).toBeInstanceOf(library.ConfigurationError);
    const { message } = result as Error;
    expect(message).toContain("The configuration of cluster test has 2 problems");
    expect(message).toMatch(/^ {2}nodePools\.web\.count$/m);
    expect(message).toMatch(/^ {2}flavour$/m);
    expect(registrations).toEqual([]);
    expect(calls.map(({ token }) => token)).toEqual(["pulumi:pulumi:readStackResourceOutputs"]);
  });

  it("may have secrets, which no stack file keeps for it in clear", async () => {
    const s3 = {
      ...{ endpoint: "https://s3.example", region: "gra", bucket: "backups", accessKey: "somebody" },
      ...{ secretKey: "hunter2", passphrase: "correct horse battery" },
    };
    const args = await library.prepareCluster({ ...settings, etcdSnapshots: { s3 } });
    expect(args.backup.storage).toMatchObject({ ...s3, prefix: "test" });
  });

  it.each([
    ["is read again where the engine was writing it", 3, undefined],
    ["is asked for four times, and the reason told", 4, /cannot be read.*failed to load checkpoint: EOF\nCheck that/],
  ])("has a state that %s", async (_, failures, reason) => {
    let left = failures;
    refuseCalls(({ token }) =>
      token.endsWith("readStackResourceOutputs") && left-- > 0 ? "failed to load checkpoint: EOF" : undefined,
    );
    const outcome: unknown = await library.prepareCluster(settings).catch((error: unknown) => error);
    if (reason === undefined) expect(outcome).toMatchObject({ clusterName: "test" });
    else expect((outcome as Error).message).toMatch(reason);
  });

  it("is refused with what the cloud does not know, by the same names", async () => {
    refuseCalls(({ token }) => (token.startsWith("openstack:compute") ? "no such flavor" : undefined));
    const error: unknown = await library.prepareCluster(settings).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/cluster test has 1 problem[^]*^ {2}flavor$/m);
  });
});

describe("the provider for workloads", () => {
  const run = (
    ask: (cluster: InstanceType<typeof library.Cluster>) => unknown,
    changes: Partial<ClusterSettings> = {},
  ) =>
    runProgram(async (options) => {
      const cluster = new library.Cluster("c", await library.prepareCluster({ ...settings, ...changes }), options);
      ask(cluster);
      return promiseOf(cluster.kubeconfig);
    });
  const providers = (registrations: readonly { type: string; name: string }[]) =>
    registrations.filter(({ type }) => type === "pulumi:providers:kubernetes").map(({ name }) => name);

  it("is made when it is asked for, once: the stacks of this repository's own program have none", async () => {
    const unasked = await run(() => undefined);
    expect(providers(unasked.registrations)).not.toContain("c-provider");
    const asked = await run((cluster) => [cluster.provider, cluster.provider]);
    expect(providers(asked.registrations).filter((name) => name === "c-provider")).toHaveLength(1);
  });

  it("has the administrator's rights, which the cluster's binding gives, and not the break-glass identity's", async () => {
    const { resources, result } = await run((cluster) => cluster.provider);
    const provider = resources.find(({ name }) => name === "c-provider");
    expect(provider?.parent).toBe("c");
    expect(provider?.state["kubeconfig"]).toBe(result);
  });

  it("is there for machines that nobody waits for, too", async () => {
    const { registrations } = await run((cluster) => cluster.provider, { readinessTimeoutMinutes: 0 });
    expect(providers(registrations)).toEqual(["c-provider"]);
  });
});
