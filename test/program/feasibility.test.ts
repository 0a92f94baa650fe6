import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyImage } from "../../lab/lib/pretended.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { CloudClient } from "../../lab/openstack/client.ts";
import {
  leftInProject,
  machinesOnly,
  previewChanges,
  refusal,
  startPretendedLab,
  type PretendedLab,
} from "./support.ts";

let lab: PretendedLab;
let stack: LabStack;
let admin: CloudClient;
let projectId: string;
let before: Record<string, number>;

/** Limits of a project; `volumesOfType` is that of the type which a volume gets unasked. */
const generous = {
  instances: 10,
  cores: 20,
  ports: 50,
  floatingAddresses: 10,
  volumes: 10,
  securityGroups: 10,
  securityGroupRules: 100,
  volumesOfType: -1,
};

/** Sets the limits of the small project to those of {@link generous} but for the given ones. */
async function setQuota(changes: Partial<typeof generous> = {}): Promise<void> {
  const { securityGroups, securityGroupRules, volumesOfType, ...small } = { ...generous, ...changes };
  await lab.cloud.setSmallQuota(small);
  const put = (json: unknown) => ({ method: "PUT" as const, json });
  const groups = { quota: { security_group: securityGroups, security_group_rule: securityGroupRules } };
  await admin.call("network", `/v2.0/quotas/${projectId}`, put(groups));
  const volumes = { quota_set: { volumes_nfs: volumesOfType } };
  await admin.call("volumev3", `/os-quota-sets/${projectId}`, put(volumes));
}

/**
 * What a cluster of a master and one node takes: exactly so of servers, cores and volumes. While requests run side by side, Neutron
 * counts some of what they make twice, so a project that has exactly what is needed may have to be asked a second time.
 */
const enough = {
  instances: 2,
  cores: 4,
  ports: 8,
  floatingAddresses: 4,
  volumes: 1,
  securityGroups: 5,
  securityGroupRules: 30,
};

/** What the project has, by the words of the summary. */
async function used(): Promise<Record<string, number>> {
  const small = new CloudClient(lab.cloud.environment);
  const { quota } = await small.call<{ quota: Record<string, { used: number }> }>(
    "network",
    `/v2.0/quotas/${await small.projectId()}/details.json`,
  );
  type Limits = { limits: { absolute: Record<string, number> } };
  const compute = (await small.call<Limits>("compute", "/limits")).limits.absolute;
  const volume = (await small.call<Limits>("volumev3", "/limits")).limits.absolute;
  const names = {
    networks: "network",
    subnets: "subnet",
    routers: "router",
    ports: "port",
    "floating addresses": "floatingip",
    "security groups": "security_group",
    "security group rules": "security_group_rule",
  };
  return {
    ...Object.fromEntries(Object.entries(names).map(([words, name]) => [words, quota[name]?.used ?? -1])),
    servers: compute["totalInstancesUsed"] ?? -1,
    cores: compute["totalCoresUsed"] ?? -1,
    volumes: volume["totalVolumesUsed"] ?? -1,
  };
}

/** Length of a server's user data as Nova has it. */
async function userDataLength(name: string): Promise<number> {
  const { servers } = await admin.call<{ servers: { "OS-EXT-SRV-ATTR:user_data": string }[] }>(
    "compute",
    `/servers/detail?all_tenants=1&name=^${name}$`,
    { version: "compute 2.79" },
  );
  return servers[0]?.["OS-EXT-SRV-ATTR:user_data"].length ?? 0;
}

async function configure(changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), ...changes });
}

/** What is said of an update that is refused before anything is made. */
async function refusedBeforeAnything(args: readonly string[] = ["up", "--yes", "--skip-preview"]): Promise<string> {
  const text = await refusal(stack, args);
  expect(text).toContain("nothing was created or changed");
  expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
  expect(await left()).toEqual(before);
  return text;
}

const left = () => leftInProject(lab.cloud);

beforeAll(async () => {
  lab = await startPretendedLab("small");
  await lab.cloud.ensureImage(emptyImage("pretended-next"), () => undefined);
  admin = new CloudClient(lab.cloud.adminEnvironment);
  projectId = await new CloudClient(lab.cloud.environment).projectId();
  stack = new LabStack("feasible", lab.engine, lab.cloud);
  await setQuota();
  before = await left();
});

afterAll(async () => {
  await setQuota();
  stack.forget();
});

describe("a preview on a real OpenStack", () => {
  it("lists every name that the cloud does not know at once, with the nearest ones, and makes nothing", async () => {
    await configure({
      image: "Pretendet",
      flavor: "LAB_node",
      externalNetwork: "exterior",
      etcdVolume: { enabled: true, sizeGiB: 1, type: "nsf" },
      nodePools: { default: { availabilityZone: "novo" } },
    });
    const text = await refusedBeforeAnything();
    const entry = (key: string): string =>
      new RegExp(`kovhernetes:${key}\n.*value: .*\n.*reason: .*\n.*remedy: (.*)`).exec(text)?.[1] ?? "(none)";
    expect(entry("image")).toMatch(/^write pretended\b.*`openstack image list`$/);
    expect(entry("flavor")).toMatch(/^write lab\.node, or another/);
    expect(entry("externalNetwork")).toMatch(/^write ext, or another/);
    expect(entry("nodePools.default.availabilityZone")).toBe("write nova");
    expect(entry("etcdVolume.type")).toMatch(/^write nfs or /);
    expect(text).toContain("has 5 problems");
  });

  it("refuses a flavor that is too small, and names those that are not", async () => {
    await configure({ flavor: "lab.pretended" });
    const text = await refusedBeforeAnything(["preview"]);
    expect(text).toMatch(/too small for a master .* 64 MiB of memory \(1700 needed\)/);
    expect(text).toMatch(/too small for nodes of pool default/);
    expect(text).toMatch(/choose a flavor with at least 2 cores.*: lab\.master/);
  });

  it("tells every limit of the project that does not suffice, before anything is made", async () => {
    await setQuota({ instances: 2, cores: 5, ports: 4, floatingAddresses: 2, volumes: 0 });
    await configure({ nodes: 2 });
    const text = await refusedBeforeAnything();
    for (const reason of [
      "servers: the limit of the project is 2, 0 are in use, and this update adds 3",
      "cores: the limit of the project is 5, 0 are in use, and this update adds 6",
      "ports: the limit of the project is 4, 0 are in use, and this update adds 5",
      "floating addresses: the limit of the project is 2, 0 are in use, and this update adds 3",
      "volumes: the limit of the project is 0, 0 are in use, and this update adds 1",
    ]) {
      expect(text).toContain(reason);
    }
    expect(text).toContain("has 5 problems");
  });

  it("counts Neutron's own rules and groups as Neutron does", async () => {
    await configure({ nodes: 1 });
    await setQuota({ ...enough, securityGroups: 2, securityGroupRules: 14 });
    const text = await refusedBeforeAnything(["preview"]);
    expect(text).toContain("security groups: the limit of the project is 2, 1 are in use, and this update adds 2");
    expect(text).toContain(
      "security group rules: the limit of the project is 14, 4 are in use, and this update adds 13",
    );
    expect(text).toContain("has 2 problems");
  });

  it("foretells exactly what the cluster takes, and nearly how long its user data is", async () => {
    await setQuota(enough);
    const text = await stack.run(["preview"]);
    const figures = [...(/Quota after this update: (.*)\./.exec(text)?.[1] ?? "").matchAll(/(\d+) of \d+ ([a-z ]+)/g)];
    const lengths = [...(/User data .*: (.*), of at most/.exec(text)?.[1] ?? "").matchAll(/about (\d+)/g)];
    await stack.run(["up", "--yes", "--skip-preview"]);
    expect(Object.fromEntries(figures.map(([, count, what]) => [what, Number(count)]))).toEqual(await used());
    for (const [index, name] of ["feasible-master-0", "feasible-default-0"].entries()) {
      const real = await userDataLength(name);
      expect(Math.abs(Number(lengths[index]?.[1]) - real) / real).toBeLessThan(0.05);
    }
  });

  it("asks for no quota again of what is there, and says what an update does", async () => {
    expect(await previewChanges(stack)).toEqual([]);
    await configure({ nodes: 1, nodePools: { default: { generation: 2 } } });
    const text = await stack.run(["preview"]);
    expect(text).toMatch(/Cluster feasible: 2 machines \(1 replaced, 1 unchanged\)/);
    expect(text).toMatch(/default +feasible-default-0 +192\.168\.0\.15 +pretended, lab\.master +1 replaced/);
    expect(text).toContain("API downtime: none expected.");
    expect(text).toMatch(/Certificates: the first ends in 36\d days/);
    expect(text).toMatch(/User data of new machines.*a node of default about \d+/);
    await configure({ nodes: 0, master: { generation: 2 } });
    const other = await stack.run(["preview"]);
    expect(other).toContain("API downtime: expected");
    expect(other).toContain("Destroyed: feasible-default-0.");
  });

  it("refuses one node more than the project has room for, and destroys what it made when told to", async () => {
    await configure({ nodes: 2 });
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toContain("servers: the limit of the project is 2, 2 are in use, and this update adds 1");
    await configure({ nodes: 1 });
    expect(await previewChanges(stack)).toEqual([]);
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await left()).toEqual(before);
  });
});

describe("an update that did not end", () => {
  it("is gone on from with no more quota than the whole needs", async () => {
    // The type that a volume gets unasked is nothing that a project is told: here the cloud refuses half-way.
    await setQuota({ ...enough, volumesOfType: 0 });
    await configure({ nodes: 1 });
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toMatch(/VolumeLimitExceeded|volume.*quota/i);
    // How far it got is a race between resources; that it got somewhere is what the next has to go on from.
    expect(await left()).not.toEqual(before);
    await setQuota(enough);
    await stack.run(["up", "--yes", "--skip-preview"]);
    expect(await previewChanges(stack)).toEqual([]);
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await left()).toEqual(before);
  });
});

describe("a preview without a cloud", () => {
  const noCloud = Object.fromEntries(
    ["AUTH_URL", "USERNAME", "PASSWORD", "PROJECT_NAME", "REGION_NAME"].map((name) => [`OS_${name}`, ""]),
  );
  const offline = { ...noCloud, KOVHERNETES_OFFLINE: "true" };

  it("needs no credentials, for a cluster that is not there and for one that is", async () => {
    await setQuota();
    await configure({ nodes: 1 });
    const text = await stack.run(["preview"], { env: offline });
    expect(text).toMatch(/Cluster feasible: 2 machines \(2 added\)/);
    expect(text).toMatch(/Not checked: images, .*KOVHERNETES_OFFLINE is set/);
    await stack.run(["up", "--yes", "--skip-preview"]);
    const changes = JSON.parse(await stack.run(["preview", "--json"], { env: offline })) as {
      steps: { op: string; urn: string }[];
    };
    const changed = changes.steps
      .filter(({ op }) => op !== "same")
      .map(({ urn }) => urn.split("::").slice(-2).join(" "));
    expect(changed).toEqual(["pulumi:providers:openstack feasible-offline"]);
  });

  it("is a preview alone: an update says that it needs the cloud", async () => {
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"], { KOVHERNETES_OFFLINE: "true" });
    expect(text).toContain("KOVHERNETES_OFFLINE is set, and an update needs the cloud");
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await left()).toEqual(before);
  });
});
