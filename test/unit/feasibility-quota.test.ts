import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demandOf, type Amount } from "../../components/feasibility/demand";
import { judgeQuota } from "../../components/feasibility/judge-quota";
import type { CloudFacts } from "../../components/cloud/facts";
import { types, type PlannedResource } from "../../components/feasibility/planned-resources";
import {
  directAccess,
  exampleCluster,
  examplePool,
  floatingAccess,
  floatingMasters,
} from "../components/example-cluster";
import {
  ampleCloud,
  computeLimits,
  known,
  largeFlavor,
  named,
  networkQuota,
  unanswered,
  volumeQuota,
} from "../support/cloud-facts";
import { planOf, stateOf } from "../support/stack-state";

function cluster(nodes: number, changes: Parameters<typeof exampleCluster>[0] = {}) {
  return exampleCluster({ nodePools: [examplePool("default", nodes, 15)], access: floatingAccess, ...changes });
}

/** What is refused of a new cluster with two nodes, or of one that is there in some state. */
function refusals(facts: CloudFacts, nodes = 2, state?: unknown) {
  return judgeQuota(planOf(cluster(nodes), state), facts).problems;
}

describe("what an update adds", () => {
  it("is everything for a new cluster: two interfaces a machine with direct access, DHCP, its rules and Neutron's own", () => {
    const demand = demandOf(planOf(cluster(2, { access: directAccess })), ampleCloud());
    expect(demand.servers).toEqual({ added: 3, whole: 3 });
    expect(demand.cores).toEqual({ added: 12, whole: 12 });
    expect(demand.memoryMiB.added).toBe(3 * 8192);
    expect(demand.ports.added).toBe(3 * 2 + 1);
    expect(demand.floatingAddresses.added).toBe(0);
    expect(demand.routers.added).toBe(0);
    expect(demand.securityGroups).toEqual({ added: 2, whole: 3 });
    // API, kubelet, VXLAN, ping, etcd, SSH and API of one administrator, node ports for both protocols; two of Neutron's in each group; four of the default group's.
    expect(demand.securityGroupRules).toEqual({ added: 9 + 4, whole: 9 + 4 + 4 });
    expect(demand.volumeGibibytes.added).toBe(10);
  });

  it("is two servers, two volumes, two addresses and two rules for etcd more where two masters are added to one", () => {
    const three = cluster(2, { masters: { ...exampleCluster().masters, count: 3 } });
    const demand = demandOf(planOf(three, stateOf(cluster(2))), ampleCloud());
    expect(demand).toMatchObject({
      servers: { added: 2, whole: 5 },
      volumes: { added: 2, whole: 3 },
      volumeGibibytes: { added: 20, whole: 30 },
      ports: { added: 2 },
      floatingAddresses: { added: 2, whole: 5 },
      securityGroupRules: { added: 2 },
    });
  });

  it("has a router with its port, and addresses of masters alone where nodes have none", () => {
    const demand = demandOf(planOf(cluster(2, { access: floatingMasters })), ampleCloud());
    expect(demand.ports.added).toBe(3 + 1 + 1);
    expect(demand.routers.added).toBe(1);
    expect(demand.floatingAddresses).toEqual({ added: 1, whole: 1 });
  });

  it("is one node's for one node more", () => {
    const demand = demandOf(planOf(cluster(2), stateOf(cluster(1))), ampleCloud());
    const amounts: readonly [string, Amount][] = Object.entries(demand);
    const added = amounts.filter(([, amount]) => amount.added > 0);
    expect(Object.fromEntries(added.map(([what, amount]) => [what, amount.added]))).toEqual({
      servers: 1,
      cores: 4,
      memoryMiB: 8192,
      ports: 1,
      floatingAddresses: 1,
    });
  });

  it("is nothing for replacements of the same flavor, and the difference for those of another", () => {
    const pool = (flavor: string, generation: number) => ({
      nodePools: [{ ...examplePool("default", 1, 15), flavor, generation }],
    });
    const flavors = new Map([
      ["b3-8", named(largeFlavor)],
      ["b3-4", named({ ...largeFlavor, cores: 1, memoryMiB: 4096 })],
    ]);
    const after = (before: string) =>
      demandOf(planOf(cluster(1, pool("b3-8", 2)), stateOf(cluster(1, pool(before, 1)))), ampleCloud({ flavors }));
    expect(after("b3-4").servers.added).toBe(0);
    expect(after("b3-4").ports.added).toBe(0);
    expect(after("b3-4").cores.added).toBe(3);
    expect(after("b3-4").memoryMiB.added).toBe(4096);
    const amounts: readonly Amount[] = Object.values(after("b3-8"));
    expect(amounts.filter(({ added }) => added > 0)).toEqual([]);
  });

  it("is what a volume that is there grows by", () => {
    const volume = (sizeGiB: number) =>
      cluster(1, { masters: { ...exampleCluster().masters, etcdVolume: { sizeGiB } } });
    const grown = demandOf(planOf(volume(30), stateOf(volume(10))), ampleCloud());
    expect(grown.volumeGibibytes).toEqual({ added: 20, whole: 30 });
    expect(grown.volumes.added).toBe(0);
    expect(demandOf(planOf(volume(5), stateOf(volume(10))), ampleCloud()).volumeGibibytes.added).toBe(0);
  });

  it("is the rules of a network of administrators more", () => {
    const more = cluster(1, { adminCidrs: [...exampleCluster().adminCidrs, "203.0.113.0/24"] });
    const demand = demandOf(planOf(more, stateOf(cluster(1))), ampleCloud());
    expect(demand.securityGroupRules.added).toBe(2);
  });

  it("never counts what is in the state, however much of it an update that did not end has made", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.func(fc.boolean()), (nodes, isMade) => {
        const kept = new Set<string>();
        const keep = ({ type, name }: PlannedResource): boolean => {
          const made = isMade(type, name);
          if (made) kept.add(`${type} ${name}`);
          return made;
        };
        const demand = demandOf(planOf(cluster(nodes), stateOf(cluster(nodes), { keep })), ampleCloud());
        const count = (type: string): number => [...kept].filter((one) => one.startsWith(`${type} `)).length;
        expect(demand.servers.added + count(types.server)).toBe(nodes + 1);
        expect(demand.cores.added).toBe(demand.servers.added * largeFlavor.cores);
        expect(demand.floatingAddresses.added + count(types.floatingAddress)).toBe(nodes + 1);
        // A master that is there and has no volume stays without one: its etcd is on its own disk.
        const isBare = kept.has(`${types.server} dev-master-0`) && count(types.volume) === 0;
        expect(demand.volumes.added + count(types.volume)).toBe(isBare ? 0 : 1);
        expect(demand.securityGroups.added + count(types.securityGroup)).toBe(2);
        const ports = count(types.port) + count(types.subnet) + count(types.routerInterface);
        expect(demand.ports.added + ports).toBe(nodes + 1 + 2);
      }),
    );
  });
});

describe("quota", () => {
  it("that suffices is no problem, to the last server", () => {
    expect(refusals(ampleCloud())).toEqual([]);
    const compute = computeLimits({ servers: { limit: 5, used: 2 } });
    expect(refusals(ampleCloud({ compute }))).toEqual([]);
    expect(refusals(ampleCloud({ compute }), 3)).toHaveLength(1);
  });

  it("without a limit never runs out", () => {
    const unlimited = { limit: -1, used: 5000 };
    const compute = computeLimits({ servers: unlimited, cores: unlimited, memoryMiB: unlimited });
    expect(refusals(ampleCloud({ compute, network: networkQuota({}, -1) }))).toEqual([]);
  });

  it("names the key, the figures, and what to do", () => {
    const compute = computeLimits({ servers: { limit: 4, used: 2 } });
    const [problem] = refusals(ampleCloud({ compute }));
    expect(problem).toEqual({
      key: "nodePools.default.count",
      value: "2",
      reason: "servers: the limit of the project is 4, 2 are in use, and this update adds 3",
      remedy: "ask for fewer machines, remove what is not needed, or ask the cloud for a quota of 5",
    });
  });

  it("is refused for each thing that runs out, all at once", () => {
    const full = { limit: 1, used: 1 };
    const facts = ampleCloud({
      compute: computeLimits({ servers: full, cores: full, memoryMiB: full }),
      network: networkQuota({}, 1),
      networkUse: networkQuota({}, 1),
      projectPorts: known(1),
      volumes: volumeQuota({ volumes: 1, gibibytes: 5 }),
      volumeUse: known({ volumes: 1, gibibytes: 1 }),
    });
    const told = refusals(facts).map(({ reason }) => /^(.*): the limit of the project/.exec(reason)?.[1]);
    expect(told).toEqual([
      "servers",
      "cores",
      "MiB of memory",
      "ports",
      "floating addresses",
      "networks",
      "subnets",
      "routers",
      "security groups",
      "security group rules",
      "volumes",
      "GiB of volumes",
    ]);
  });

  it("is compared with the whole cluster where nobody tells what else the project has, and the summary says so", () => {
    const facts = ampleCloud({ networkUse: unanswered, network: networkQuota({ floatingAddresses: 2 }) });
    const [problem] = refusals(facts);
    expect(problem?.reason).toBe("floating addresses: the limit of the project is 2, and the cluster needs 3");
    const verdict = judgeQuota(
      planOf(cluster(1)),
      ampleCloud({ networkUse: unanswered, network: networkQuota({ floatingAddresses: 2 }) }),
    );
    expect(verdict.problems).toEqual([]);
    expect(verdict.unchecked).toContainEqual({ what: "use of floating addresses", reason: "403 Forbidden" });
    expect(verdict.figures.find(({ what }) => what === "floating addresses")).toMatchObject({ after: 2, exact: false });
  });

  it("does not refuse to go on with what an update that did not end has made in part", () => {
    const exact = networkQuota({
      networks: 1,
      ports: 5,
      floatingAddresses: 3,
      securityGroups: 3,
      securityGroupRules: 15,
    });
    const use = networkQuota({ networks: 1, floatingAddresses: 1, securityGroups: 3, securityGroupRules: 15 }, 0);
    const facts = ampleCloud({ network: exact, networkUse: use, projectPorts: known(3) });
    const state = stateOf(cluster(2), {
      keep: ({ type, name }) =>
        type === types.port || type === types.floatingAddress
          ? name.startsWith("dev-master")
          : type !== types.server && type !== types.volume,
    });
    expect(refusals(facts, 2, state)).toEqual([]);
    expect(refusals(facts).map(({ reason }) => reason)).toContain(
      "networks: the limit of the project is 1, 1 are in use, and this update adds 1",
    );
  });

  it("for floating addresses is no fault of a key where masters alone have them", () => {
    const facts = ampleCloud({ network: networkQuota({ floatingAddresses: 0 }) });
    const key = (access: typeof floatingAccess | typeof floatingMasters) =>
      judgeQuota(planOf(cluster(1, { access })), facts).problems.map((problem) => problem.key);
    expect(key(floatingAccess)).toEqual(["floatingIpNodes"]);
    expect(key(floatingMasters)).toEqual(["openstack:*"]);
  });

  it("of the volume's type, and of one volume, is held against the volume", () => {
    const types = { fast: { volumes: 0, gibibytes: 5 } };
    const config = cluster(1, {
      masters: { ...exampleCluster().masters, etcdVolume: { sizeGiB: 10, type: "fast" } },
    });
    const facts = ampleCloud({ volumes: volumeQuota({ gibibytesPerVolume: 8, types }) });
    const { problems } = judgeQuota(planOf(config), facts);
    expect(problems.map(({ key, reason }) => [key, reason])).toEqual([
      ["etcdVolume.sizeGiB", "GiB in one volume: the limit of the project is 8, and the cluster needs 10"],
      ["openstack:*", "volumes of type fast: the limit of the project is 0, and the cluster needs 1"],
      ["etcdVolume.sizeGiB", "GiB of type fast: the limit of the project is 5, and the cluster needs 10"],
    ]);
  });

  it("is not looked at for what nothing is added to, even where it is exceeded", () => {
    const full = { limit: 1, used: 9 };
    const facts = ampleCloud({
      compute: computeLimits({ servers: full, cores: full, memoryMiB: full }),
      network: networkQuota({}, 0),
    });
    expect(refusals(facts, 1, stateOf(cluster(1)))).toEqual([]);
  });

  it("that only administrators may read is not checked, and no problem", () => {
    const verdict = judgeQuota(planOf(cluster(2)), ampleCloud({ compute: unanswered, network: unanswered }));
    expect(verdict.problems).toEqual([]);
    expect(verdict.unchecked.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["quota of servers", "quota of ports", "quota of floating addresses"]),
    );
  });
});
