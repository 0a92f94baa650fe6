import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig, MasterCount } from "../../components/model/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import { plain, pretendCloud, type RegisteredResource } from "../support/mocks";
import { decodeUserData, parseUserData } from "../support/user-data";
import { exampleCluster, floatingAccess } from "./example-cluster";

let run: typeof import("./run-cluster").run;
let server: typeof import("./run-cluster").server;
beforeAll(async () => {
  await pretendCloud();
  ({ run, server } = await import("./run-cluster.ts"));
});

const withMasters = (count: MasterCount): Partial<ClusterConfig> => ({
  access: floatingAccess,
  masters: { ...exampleCluster().masters, count },
});

/** The master of a cluster that exists. */
const single: RecordedMachine = {
  ...{ name: "dev-master-0", role: "master", serverId: "id", generation: 1, kubernetes: "1.36.3" },
  ...{ image: "debian-13", flavor: "b3-16" },
};

type Inputs = Readonly<Record<string, unknown>>;

const keyOf = ({ type, name }: RegisteredResource): string => `${type} ${name}`;

/** Inputs of every resource by type and logical name. */
const inputsOf = (resources: readonly RegisteredResource[]): ReadonlyMap<string, Inputs> =>
  new Map(
    resources.map((resource) => {
      const { metadata, ...inputs } = plain(resource.inputs) as Inputs;
      // Each run issues certificates anew; the engine ignores that of machines that stay.
      return [
        keyOf(resource),
        { ...inputs, metadata: { ...(metadata as Inputs), "kovhernetes:certificates-end": "" } },
      ];
    }),
  );

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
    const one = await run(withMasters(1), [single]);
    const three = await run(withMasters(3), [single]);
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

describe("etcd of three masters", () => {
  const formationOf = (resources: readonly RegisteredResource[], name: string) => {
    const { userData, metadata } = plain(server(resources, name).inputs) as { userData: string; metadata: Inputs };
    const { files } = parseUserData(decodeUserData(userData));
    const [, formation] =
      /^FORMATION="(\w+)"$/m.exec(files.get("/etc/kovhernetes/etcd-member.env")?.content ?? "") ?? [];
    return [formation, metadata["kovhernetes:etcd-founders"]];
  };

  it("is a new one in a new cluster, and joins what is there where one grows", async () => {
    const made = await run(withMasters(3));
    expect([0, 1, 2].map((ordinal) => formationOf(made.resources, `dev-master-${ordinal}`))).toEqual([
      ["new", "3"],
      ["new", "3"],
      ["new", "3"],
    ]);
    const grown = await run(withMasters(3), [single]);
    for (const ordinal of [1, 2]) {
      expect(formationOf(grown.resources, `dev-master-${ordinal}`)).toEqual(["join", undefined]);
    }
    expect(formationOf((await run(withMasters(1))).resources, "dev-master-0")).toEqual([undefined, undefined]);
  });
});
