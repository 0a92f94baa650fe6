import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig } from "../../components/model/cluster";
import { plain, pretendCloud, type RegisteredResource } from "../support/mocks";
import { examplePool } from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

const hasty = { readiness: { timeoutMinutes: 0 } } as const satisfies Partial<ClusterConfig>;
const inCluster = (resources: readonly RegisteredResource[]) =>
  resources.filter(({ type }) => type.startsWith("kubernetes:"));
const named = (resources: readonly RegisteredResource[]) =>
  Object.fromEntries(inCluster(resources).map(({ type, name, inputs }) => [`${type} ${name}`, plain(inputs)]));
const provider = (resources: readonly RegisteredResource[]) =>
  resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs;

describe("the add-ons of a cluster that has them", () => {
  it("stay as they are when nothing is waited for: what a program leaves out the engine deletes", async () => {
    const [waiting, not] = [await run({}, [], true), await run(hasty, [], true)];
    expect(Object.keys(named(waiting.resources)).length).toBeGreaterThan(15);
    expect(named(not.resources)).toEqual(named(waiting.resources));
    const tree = ({ resources }: typeof not) => resources.map(({ type, name }) => `${type} ${name}`).sort();
    expect(tree(not)).toEqual(tree(waiting));
  });

  it("are not looked at where the API is out of reach, and only then", async () => {
    expect(provider((await run(hasty, [], true)).resources)).toMatchObject({ skipUpdateUnreachable: "true" });
    expect(provider((await run({}, [], true)).resources)).not.toHaveProperty("skipUpdateUnreachable");
  });

  it("are none of a new cluster whose API is out of reach", async () => {
    const { resources } = await run(hasty, [], false);
    expect(inCluster(resources)).toEqual([]);
    expect(provider(resources)).toBeUndefined();
  });

  it("are deleted with the master, and leave every other option to the provider: whether the old one goes before the new one", async () => {
    const { resources } = await run();
    const all = inCluster(resources);
    expect(all.length).toBeGreaterThan(15);
    for (const { name, options } of all) {
      expect(options.deletedWith, name).toBeDefined();
      expect(options, name).not.toHaveProperty("deleteBeforeReplace");
      // What a transform gives back goes through the engine, which takes what is left out for false.
      expect(options.transforms, name).toBeUndefined();
    }
    for (const { options } of resources) expect(options.transforms).toBeUndefined();
    expect(provider(resources)).toMatchObject({ enableConfigMapMutable: "true" });
  });

  it("have selectors and subjects of roles that never change: of another one the old object has to go first", async () => {
    const { resources } = await run();
    const fixed = inCluster(resources).flatMap(({ type, name, inputs }) => {
      const { spec, roleRef } = plain(inputs) as { spec?: { selector?: unknown }; roleRef?: { name: string } };
      const selector = type.startsWith("kubernetes:policy") ? undefined : spec?.selector;
      return selector === undefined && roleRef === undefined ? [] : [[type, name, selector ?? roleRef?.name]];
    });
    expect(fixed).toEqual([
      [
        `kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding`,
        "dev-startup-addons-access-administrators",
        "cluster-admin",
      ],
      [
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        ...["dev-startup-addons-access-apiserver-kubelet-client", "system:kubelet-api-admin"],
      ],
      ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "dev-startup-addons-flannel", "flannel"],
      ["kubernetes:apps/v1:DaemonSet", "dev-startup-addons-flannel", { matchLabels: { app: "flannel" } }],
      ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "dev-startup-addons-coredns", "system:coredns"],
      ["kubernetes:apps/v1:Deployment", "dev-startup-addons-coredns", { matchLabels: { "k8s-app": "kube-dns" } }],
      ["kubernetes:core/v1:Service", "dev-startup-addons-coredns", { "k8s-app": "kube-dns" }],
      [
        "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
        ...["dev-startup-addons-network-policies", "kube-network-policies"],
      ],
      [
        "kubernetes:apps/v1:DaemonSet",
        "dev-startup-addons-network-policies",
        { matchLabels: { app: "kube-network-policies" } },
      ],
    ]);
  });

  it("leave nothing behind of one that is turned off, and nothing else goes with it", async () => {
    const [on, off] = [await run(), await run({ addons: { networkPolicy: false } })];
    const gone = Object.keys(named(on.resources)).filter((key) => !(key in named(off.resources)));
    expect(gone.sort()).toEqual(
      [
        ...["core/v1:ServiceAccount", "rbac.authorization.k8s.io/v1:ClusterRole", "apps/v1:DaemonSet"],
        "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      ]
        .map((type) => `kubernetes:${type} dev-startup-addons-network-policies`)
        .sort(),
    );
    expect(named(off.resources)).toEqual(
      Object.fromEntries(Object.entries(named(on.resources)).filter(([key]) => !gone.includes(key))),
    );
    expect(on.resources.length - off.resources.length).toBe(gone.length + 1);
  });
});

describe("the pods of cluster DNS", () => {
  async function constraints(changes: Partial<ClusterConfig>): Promise<unknown> {
    const { resources } = await run(changes);
    const deployment = resources.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
    const { spec } = plain(deployment?.inputs) as {
      spec: { template: { spec: { topologySpreadConstraints?: unknown } } };
    };
    return spec.template.spec.topologySpreadConstraints;
  }
  const tainted = { ...examplePool("gpu", 2, 20), taints: [{ key: "gpu", value: "", effect: "NoSchedule" as const }] };

  it("wait for a machine of their own each, where there are two that take them: also when the master is Ready first", async () => {
    const spread = [expect.objectContaining({ minDomains: 2, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" })];
    expect(await constraints({ nodePools: [examplePool("default", 1, 15)] })).toEqual(spread);
    expect(await constraints({ nodePools: [examplePool("default", 1, 15), tainted] })).toEqual(spread);
  });

  it("share the only machine that takes them", async () => {
    expect(await constraints({ nodePools: [examplePool("default", 0, 15)] })).toBeUndefined();
    expect(await constraints({ nodePools: [tainted] })).toBeUndefined();
  });
});
