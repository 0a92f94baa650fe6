import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig, MasterCount } from "../../components/model/cluster";
import { plain, pretendCloud, type RegisteredResource } from "../support/mocks";
import { exampleCluster, floatingAccess } from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

const withMasters = (count: MasterCount): Partial<ClusterConfig> => ({
  access: floatingAccess,
  masters: { ...exampleCluster().masters, count },
});

type Inputs = Readonly<Record<string, unknown>>;

const keyOf = ({ type, name }: RegisteredResource): string => `${type} ${name}`;

/** Inputs of every resource by type and logical name. */
const inputsOf = (resources: readonly RegisteredResource[]): ReadonlyMap<string, Inputs> =>
  new Map(resources.map((resource) => [keyOf(resource), plain(resource.inputs) as Inputs]));

describe("three masters, which no configuration may choose yet", () => {
  it("have all resources of a cluster of one, under the same names, and theirs besides", async () => {
    const one = await run(withMasters(1));
    const three = await run(withMasters(3));
    const names = new Set(three.resources.map(keyOf));
    expect(one.resources.map(keyOf).filter((key) => !names.has(key))).toEqual([]);
    const known = new Set(one.resources.map(keyOf));
    const added = three.resources.filter((resource) => !known.has(keyOf(resource)));
    expect(added.filter(({ name }) => !/-master-[12]($|-)|-etcd-from-192-168-0-1[12]$/.test(name))).toEqual([]);
    expect(added.filter(({ type }) => type === "openstack:blockstorage/volume:Volume")).toHaveLength(2);
  });

  it("leave certificates, ports and volumes of the first master and of nodes as they are, so that a cluster can grow", async () => {
    const one = await run(withMasters(1));
    const three = await run(withMasters(3));
    const after = inputsOf(three.resources);
    const changes = [...inputsOf(one.resources)].map(([key, inputs]) => {
      const now = after.get(key);
      const names = Object.keys({ ...inputs, ...now });
      return [key, names.filter((name) => JSON.stringify(now?.[name]) !== JSON.stringify(inputs[name]))] as const;
    });
    expect(Object.fromEntries(changes.filter(([, names]) => names.length > 0))).toEqual({
      // Names all masters; the engine ignores that of a machine that stays.
      "openstack:compute/instance:Instance dev-master-0": ["userData"],
      "openstack:compute/instance:Instance dev-default-0": ["userData"],
      // Its cluster has an identifier of its own.
      "pulumi:providers:kubernetes dev-startup-addons-provider": ["kubeconfig"],
    });
  });
});
