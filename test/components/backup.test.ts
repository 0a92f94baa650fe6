import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig } from "../../components/model/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import { leakedSecrets, plain, pretendCloud } from "../support/mocks";
import { decodeUserData, parseUserData } from "../support/user-data";

let run: typeof import("./run-cluster").run;
let server: typeof import("./run-cluster").server;
let ofType: typeof import("./run-cluster").ofType;
beforeAll(async () => {
  await pretendCloud();
  ({ run, server, ofType } = await import("./run-cluster.ts"));
});

const restore = "s3://backups/prod/snapshot-20261127T145800Z.sealed";
const backup: ClusterConfig["backup"] = {
  snapshots: { intervalHours: 6, keep: 28 },
  storage: {
    ...{ endpoint: "https://s3.example", region: "r", bucket: "backups", prefix: "prod", keep: 28, accessKey: "a" },
    ...{ secretKey: "the storage's secret key", passphrase: "the passphrase of snapshots" },
  },
};
const master: RecordedMachine = {
  ...{ name: "dev-master-0", role: "master", generation: 1, kubernetes: "1.36.3", image: "debian-13", flavor: "b3-16" },
};

describe("snapshots and restores", () => {
  it("give the master what it needs for them, in its user data alone", async () => {
    const { resources, outputs } = await run({ backup: { ...backup, restore } });
    const userData = (name: string): string =>
      decodeUserData(String(plain(server(resources, name).inputs["userData"])));
    const { files } = parseUserData(userData("dev-master-0"));
    expect(files.get("/etc/kovhernetes/object-storage.json")?.content).toContain("the storage's secret key");
    expect(files.get("/etc/kovhernetes/restore.env")?.content).toContain(`SNAPSHOT="${restore}"`);
    expect(userData("dev-default-0")).not.toMatch(/object-storage|restore-etcd|take-snapshot/);
    const secrets = ["the storage's secret key", "the passphrase of snapshots"];
    expect(leakedSecrets([resources.map(({ inputs }) => inputs), ...outputs.values()], secrets)).toEqual([]);
  });

  it("leave a mark of what the master was made to restore, and none on its volume or a node", async () => {
    const metadata = async (
      changes: Partial<ClusterConfig>,
      recorded: readonly RecordedMachine[],
      name = "dev-master-0",
    ) => server((await run(changes, recorded)).resources, name).inputs["metadata"];
    const mark = { "kovhernetes:etcd-restore": restore };
    expect(await metadata({ backup: { ...backup, restore } }, [])).toMatchObject(mark);
    expect(await metadata({ backup: { ...backup, restore } }, [master])).not.toHaveProperty("kovhernetes:etcd-restore");
    expect(await metadata({ backup }, [{ ...master, etcdRestore: restore }])).toMatchObject(mark);
    expect(await metadata({ backup: { ...backup, restore } }, [], "dev-default-0")).not.toHaveProperty(
      "kovhernetes:etcd-restore",
    );
    const { resources } = await run({ backup: { ...backup, restore } });
    const [volume] = ofType(resources, "openstack:blockstorage/volume:Volume");
    expect(volume?.inputs["metadata"]).not.toHaveProperty("kovhernetes:etcd-restore");
  });

  it("are not carried out by a master that waits for its next generation, should the engine make it anew", async () => {
    const restores = async (changes: Partial<ClusterConfig>, recorded: readonly RecordedMachine[]) => {
      const { resources } = await run(changes, recorded);
      const text = decodeUserData(String(plain(server(resources, "dev-master-0").inputs["userData"])));
      return parseUserData(text).files.has("/etc/kovhernetes/restore.env");
    };
    const asked = { backup: { ...backup, restore } };
    expect(await restores(asked, [master])).toBe(false);
    expect(await restores(asked, [{ ...master, etcdRestore: "an-earlier-one" }])).toBe(false);
    expect(await restores(asked, [{ ...master, etcdRestore: restore }])).toBe(true);
    expect(await restores({ backup }, [{ ...master, etcdRestore: restore }])).toBe(false);
    expect(await restores(asked, [{ ...master, generation: 0 }])).toBe(true);
  });

  it("have add-ons take over what a snapshot brought, and nothing otherwise", async () => {
    const provider = async (changes: Partial<ClusterConfig>) =>
      ofType((await run(changes)).resources, "pulumi:providers:kubernetes")[0]?.inputs;
    expect(await provider({ backup: { ...backup, restore } })).toMatchObject({
      upsertExistingObjects: "true",
      enablePatchForce: "true",
    });
    const otherwise = await provider({ backup });
    expect(otherwise).toHaveProperty("enableServerSideApply");
    expect(otherwise).not.toHaveProperty("upsertExistingObjects");
    expect(otherwise).not.toHaveProperty("enablePatchForce");
  });
});
