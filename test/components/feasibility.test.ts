import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { userDataSize, type KeyPair } from "../../cloudinit";
import type { ClusterConfig } from "../../components/model/cluster";
import { plannedResources, types } from "../../components/feasibility/planned-resources";
import { describeCluster } from "../../components/description/cluster";
import type { PairSource } from "../../components/description/user-data";
import type { MachinePlan } from "../../components/plan/machines";
import { machinesInState } from "../../components/recorded/machines";
import type { ConfigurationError } from "../../components/model/problems";
import { answerCalls, pretendCloud, promiseOf, refuseCalls, runProgram, type ProviderCall } from "../support/mocks";
import { HttpCloud } from "../support/http-cloud";
import { issueTable, serviceAccountPair } from "../support/issued-pki";
import { planOf, stateOf } from "../support/stack-state";
import {
  directAccess,
  exampleCluster,
  examplePool,
  floatingAccess,
  floatingMasters,
  privateAccess,
} from "./example-cluster";

const isMaster = ({ role }: MachinePlan): boolean => role === "master";

let proveFeasibility: typeof import("../../components/feasibility/feasibility").proveFeasibility;
let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  cloud = await HttpCloud.start();
  await pretendCloud();
  ({ proveFeasibility } = await import("../../components/feasibility/feasibility.ts"));
  ({ run } = await import("./run-cluster.ts"));
});

/** An error as the engine words it around the provider's own. */
const envelope = ({ token }: ProviderCall, reason: string): string =>
  `invocation of ${token} returned an error: invoking ${token}: 1 error occurred:\n\t* ${reason}\n\n`;

const shortToken = ({ token }: ProviderCall): string => token.split(":").at(-1) ?? "";

const plainLimits = { limits: { absolute: { totalVolumesUsed: 0, totalGigabytesUsed: 0 } } };
let refused: (call: ProviderCall) => string | undefined = () => undefined;
/** Its catalogue is that of the pretended cloud's credentials. */
let cloud: HttpCloud;
const paths = (): string[] => cloud.requests.map(({ path }) => path);
let told: string[] = [];
afterAll(() => cloud.stop());
beforeEach(() => {
  cloud.reset();
  told = [];
  refused = () => undefined;
  answerCalls((call) => (shortToken(call) === "getAuthScope" ? { serviceCatalogs: cloud.catalogue() } : undefined));
  refuseCalls((call) => {
    const reason = refused(call);
    return reason === undefined ? undefined : envelope(call, reason);
  });
  const listen = (text: string): Promise<void> => {
    told.push(text);
    return Promise.resolve();
  };
  vi.spyOn(pulumi.log, "info").mockImplementation(listen);
  vi.spyOn(pulumi.log, "warn").mockImplementation(listen);
});
afterEach(() => {
  answerCalls(() => undefined);
  refuseCalls(() => undefined);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const prove = (changes: Partial<ClusterConfig> = {}, state?: unknown) =>
  runProgram(() => {
    return proveFeasibility({ config: exampleCluster(changes), recordedMachines: machinesInState(state), state });
  });

async function problemsOf(changes: Partial<ClusterConfig> = {}) {
  const error = await prove(changes).then(
    () => undefined,
    (reason: unknown) => reason as ConfigurationError,
  );
  expect(error?.name).toBe("ConfigurationError");
  return error?.problems ?? [];
}

describe("before a new cluster is made", () => {
  it("every question is asked once, as many for 100 nodes as for one, and nothing is made", async () => {
    const network = { ...exampleCluster().network, hostCidr: "192.168.0.0/24" };
    const asked = async (nodes: number) => {
      cloud.reset();
      const { calls, resources } = await prove({ network, nodePools: [examplePool("default", nodes, 15)] });
      expect(resources).toEqual([]);
      return [...calls.map((call) => `${shortToken(call)} ${JSON.stringify(call.inputs)}`), ...paths()].sort();
    };
    const few = await asked(1);
    expect(new Set(few).size).toBe(few.length);
    expect(few).toHaveLength(18);
    expect(await asked(100)).toEqual(few);
  });

  it("what an update that was cut off left in the project is told, as Nova, Neutron and Cinder list it", async () => {
    const { clusterName } = exampleCluster();
    const metadata = { "kovhernetes:cluster": clusterName };
    cloud.answer("/network/v2.0/networks?project_id=project", {
      networks: [{ id: "n-1", name: `${clusterName}-network`, description: "", tags: [], mtu: 1500 }],
    });
    cloud.answer("/volumev3/volumes/detail", {
      volumes: [{ id: "v-1", name: `${clusterName}-master-0-etcd`, description: null, size: 10, metadata }],
    });
    cloud.answer(`/compute/servers/detail?name=${encodeURIComponent(`^${clusterName}-`)}`, {
      servers: [{ id: "s-1", name: `${clusterName}-default-0`, description: null, metadata }],
    });
    await prove();
    for (const command of ["network delete n-1", "volume delete v-1", "server delete --wait s-1"]) {
      expect(told.join("\n")).toContain(`openstack ${command}`);
    }
    expect(told.join("\n")).not.toMatch(/Not checked: .*cut off/);
  });

  it("everything that is certain to fail is told together", async () => {
    refused = (call) =>
      call.inputs["name"] === "b3-8" || call.inputs["flavorId"] === "b3-8"
        ? "Your query returned no results"
        : undefined;
    answerCalls((call) =>
      shortToken(call) === "getLimitsV2" ? { maxTotalInstances: 1 } : { serviceCatalogs: cloud.catalogue() },
    );
    const problems = await problemsOf();
    expect(problems.map(({ key, value }) => [key, value])).toEqual([
      ["nodePools.default.flavor", "b3-8"],
      ["nodePools.default.count", "1"],
    ]);
    expect(problems[0]?.remedy).toContain("write b3-9");
  });

  it("a cloud that cannot be entered is one problem", async () => {
    vi.stubEnv("OS_AUTH_URL", "https://keystone.example/v3");
    refused = () => "Authentication failed: 401";
    const problems = await problemsOf();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ key: "openstack:*", value: "https://keystone.example/v3" });
    expect(problems[0]?.reason).toContain("Authentication failed");
  });

  it("what only administrators may ask is told as not checked", async () => {
    refused = (call) => (/Quota|Limits/.test(call.token) ? "Request forbidden: 403" : undefined);
    for (const path of ["/network/v2.0/quotas/project/details.json", "/volumev3/limits"]) cloud.answer(path, 403);
    await prove();
    expect(told.join("\n")).toMatch(/Not checked: .*quota of servers, .*quota of ports.*Request forbidden/);
  });
});

describe("a cloud that answers 404 to questions for limits", () => {
  /** What the provider's data sources make of it: success, with nothing but the arguments. */
  const empty = ["getLimitsV2", "getQuotaV2", "getQuotasetV3"];
  const nothing = Object.fromEntries(
    ["maxTotalInstances", "maxTotalCores", "maxTotalRamSize", "port", "network", "volumes", "volumeTypeQuota"].map(
      (key) => [key, undefined],
    ),
  );

  it("is not checked there, as one that answers 403", async () => {
    answerCalls((call) =>
      empty.includes(shortToken(call))
        ? { ...nothing, id: "" }
        : shortToken(call) === "getAuthScope"
          ? { serviceCatalogs: cloud.catalogue() }
          : undefined,
    );
    for (const path of ["/network/v2.0/quotas/project/details.json", "/volumev3/limits"]) cloud.answer(path, 404);
    await prove();
    const text = told.join("\n");
    expect(text).toMatch(/Not checked: .*quota of servers, .*compute service does not tell a project its limits/);
    expect(text).toMatch(/Not checked: .*quota of ports.*network service does not tell/);
    expect(text).toMatch(/Not checked: .*quota of volumes.*volumev3 service does not tell/);
  });

  it("and to the use of them counts what this update makes alone", async () => {
    for (const path of ["/network/v2.0/quotas/project/details.json", "/volumev3/limits"]) cloud.answer(path, 404);
    await prove();
    expect(told.join("\n")).toMatch(/Not checked: .*use of networks.*the network service answered 404/);
  });
});

describe("the external network", () => {
  const isExternal = ({ inputs }: ProviderCall): boolean => inputs["external"] === true;
  const missing = "Your query returned no results. Please change your search criteria and try again.";

  it("is with direct access one that the cloud shares and that is no external one", async () => {
    refused = (call) => (shortToken(call) === "getNetwork" && isExternal(call) ? missing : undefined);
    const { result } = await prove({ access: directAccess });
    expect(result.externalNetworkId).toEqual(expect.any(String));
    expect((await problemsOf({ access: floatingAccess }))[0]?.reason).toContain("it is not an external one");
  });

  it("is said to be one to which Nova may attach no server, before anything is made", async () => {
    const { result } = await prove({ access: directAccess });
    told = [];
    cloud.answer(`/network/v2.0/networks/${result.externalNetworkId as string}`, {
      network: { shared: false, "router:external": true, project_id: "another", port_security_enabled: true },
    });
    await prove({ access: directAccess });
    expect(told.join("\n")).toContain("is not shared: with access direct, Nova refuses");
  });
});

describe("an image of whose name there are several", () => {
  it("is refused with the identifiers of all", async () => {
    refused = (call) => (shortToken(call) === "getImage" ? "Your query returned more than one result." : undefined);
    answerCalls((call) =>
      shortToken(call) === "getImageIds" ? { ids: ["id-1", "id-2"] } : { serviceCatalogs: cloud.catalogue() },
    );
    const [problem] = await problemsOf();
    expect(problem).toMatchObject({ key: "image" });
    expect(problem?.reason).toContain("several images of this name, and none can be chosen: they are id-1 and id-2");
  });
});

describe("a service that fails for a moment", () => {
  it("is asked again, whichever list it failed to give", async () => {
    const lists = ["networks", "subnets", "security-groups", "ports"].map((path) => `/network/v2.0/${path}`);
    for (const path of [...lists, "/compute/servers/detail", "/volumev3/volumes/detail", "/volumev3/limits"]) {
      const key = path.split("/").at(-1) ?? "";
      const answer =
        path === "/volumev3/limits" ? plainLimits : { [key.replace("-", "_")]: [], servers: [], volumes: [] };
      cloud.answer(path, 503, answer);
    }
    await prove();
    expect(told.join("\n")).not.toMatch(/Not checked: .*cut off/);
    expect(told.join("\n")).not.toContain("use of volumes");
    expect(paths().filter((path) => path.startsWith("/network/networks"))).toEqual([]);
  });
});

describe("of a cluster that is there", () => {
  it("little is asked: the external network where there is one, and what the project has of what it is made of", async () => {
    const { calls, result } = await prove({}, stateOf(exampleCluster()));
    expect(calls.map(shortToken).sort()).toEqual(["getAuthScope", "getNetwork"]);
    expect(result.externalNetworkId).toEqual(expect.any(String));
    const listings = [
      "/compute/servers/detail?name=%5Edev-",
      ...["networks", "security-groups", "subnets"].map((path) => `/network/v2.0/${path}?project_id=project`),
      "/volumev3/volumes/detail",
    ];
    expect(paths().sort()).toEqual(listings);
    cloud.reset();
    const ofPrivate = await prove({ access: privateAccess }, stateOf(exampleCluster({ access: privateAccess })));
    expect(ofPrivate.calls.map(shortToken)).toEqual(["getAuthScope"]);
    expect(paths().sort()).toEqual(listings);
  });

  it("a node more is asked for, and what the cluster has once is not", async () => {
    const { calls } = await prove({ nodePools: [examplePool("default", 2, 15)] }, stateOf(exampleCluster()));
    expect([...new Set(calls.map(shortToken))].sort()).toEqual([
      "getAuthScope",
      "getFlavor",
      "getImage",
      "getLimitsV2",
      "getNetwork",
      "getPortIds",
      "getQuotaV2",
    ]);
  });
});

describe("of a volume that grows", () => {
  it("the limits of volumes are asked, and none of the network", async () => {
    const masters = { ...exampleCluster().masters, etcdVolume: { sizeGiB: 20 } };
    const { calls } = await prove({ masters }, stateOf(exampleCluster()));
    expect(calls.map(shortToken).sort()).toEqual(["getAuthScope", "getNetwork", "getQuotasetV3"]);
    expect(paths()).toContain("/volumev3/limits");
  });
});

describe("the resources that the check counts", () => {
  it.each([
    ["direct", directAccess],
    ["floatingIp", floatingAccess],
    ["floatingIp for masters alone", floatingMasters],
    ["none", privateAccess],
  ] as const)("are those that the components register, with access %s", async (_, access) => {
    const changes = { access, nodePools: [examplePool("default", 2, 15), examplePool("web", 1, 20)] };
    const { resources } = await run(changes);
    const counted: readonly string[] = Object.values(types);
    const registered = resources
      .filter(({ type }) => counted.includes(type))
      .map(({ type, name }) => `${type} ${name}`);
    const planned = plannedResources(planOf(exampleCluster(changes)));
    expect(planned.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(registered.sort());
  });
});

describe("an offline preview", () => {
  it("asks nothing, needs nothing, and says what it did not check", async () => {
    vi.stubEnv("KOVHERNETES_OFFLINE", "true");
    refused = () => "nobody should have asked";
    const { calls, result } = await prove({ access: floatingAccess });
    expect(calls).toEqual([]);
    expect(paths()).toEqual([]);
    expect(told.join("\n")).toMatch(/Not checked: images, .*KOVHERNETES_OFFLINE is set/);
    expect(result.isOffline).toBe(true);
  });

  it("takes no other word than true for it", async () => {
    vi.stubEnv("KOVHERNETES_OFFLINE", "perhaps");
    await expect(prove()).rejects.toThrow('KOVHERNETES_OFFLINE is "perhaps"');
    vi.stubEnv("KOVHERNETES_OFFLINE", "false");
    expect((await prove()).calls).not.toEqual([]);
  });
});

describe("the size of user data", () => {
  it("is told before there are keys and certificates, and is right within three percent of what real ones make it", async () => {
    const { measureUserData } = await import("../../components/feasibility/user-data-size.ts");
    const { masterUserDataText, nodeUserDataText } = await import("../../components/description/user-data.ts");
    const plan = planOf(exampleCluster());
    const machines = plan.machines.map((machine) => machine.plan);
    const [masters, nodes] = [machines.filter(isMaster), machines.filter((machine) => !isMaster(machine))];
    const { authorities, pair } = await issueTable({
      masters,
      nodes,
      apiServiceAddress: plan.addresses.apiServiceAddress,
      clusterDomain: "cluster.local",
      localhostApi: false,
    });
    const known = ({ certificate, privateKey }: KeyPair) => ({
      certificate: pulumi.output(certificate),
      privateKey: pulumi.output(privateKey),
    });
    const { publicKey, privateKey } = serviceAccountPair();
    const issued: PairSource = {
      authorities: {
        kubernetes: known(authorities.kubernetes.pair),
        etcd: known(authorities.etcd.pair),
        "front-proxy": known(authorities["front-proxy"].pair),
      },
      machinePair: (hostName, purpose) => known(pair(hostName, purpose)),
      trusted: {
        kubernetes: pulumi.output(authorities.kubernetes.pair.certificate),
        etcd: pulumi.output(authorities.etcd.pair.certificate),
        "front-proxy": pulumi.output(authorities["front-proxy"].pair.certificate),
      },
      serviceAccount: { publicKey: pulumi.output(publicKey), privateKey: pulumi.output(privateKey) },
    };
    const cluster = describeCluster(plan.config, masters, plan.addresses, "join");
    const volumeId = pulumi.output("4daa8f09-7fd2-4e4c-a1b2-0123456789ab");
    const real = await Promise.all(
      machines.map((machine) =>
        promiseOf(
          isMaster(machine)
            ? masterUserDataText(machine, cluster, issued, volumeId)
            : nodeUserDataText(machine, cluster, issued),
        ),
      ),
    );
    const sizes = [...(await measureUserData(plan)).values()];
    expect(sizes).toHaveLength(2);
    for (const [index, text] of real.entries()) {
      expect(Math.abs((sizes[index] ?? 0) / userDataSize(text) - 1)).toBeLessThan(0.03);
    }
  });
});
