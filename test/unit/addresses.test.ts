import * as fc from "fast-check";
import { Address4 } from "ip-address";
import { describe, expect, test } from "vitest";
import { addressProblems } from "../../components/checks/addresses";
import { planAddresses, type AddressRequest, type PoolRequest } from "../../components/plan/addresses";

const request = (changes: Partial<AddressRequest> = {}): AddressRequest => ({
  hostCidr: "192.168.0.0/27",
  podCidr: "172.17.0.0/16",
  serviceCidr: "10.0.0.0/16",
  masterCount: 1,
  pools: [{ name: "default", count: 2, addressOffset: 15 }],
  ...changes,
});
const network = (first: number, second: number, prefix: number) =>
  `${new Address4(`${first}.${second}.0.0/${prefix}`).startAddress().correctForm()}/${prefix}`;

/** A host network with pools side by side in it, with gaps between them. */
const layouts = fc
  .record({
    prefix: fc.integer({ min: 16, max: 26 }),
    second: fc.integer({ min: 0, max: 255 }),
    counts: fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })), { maxLength: 3 }),
  })
  .map(({ prefix, second, counts }) => {
    let next = 15;
    const pools = counts.map(([count, gap], index): PoolRequest => {
      const pool = { name: `pool-${index}`, count, addressOffset: next + gap };
      next += gap + count;
      return pool;
    });
    return request({ hostCidr: network(10, second, prefix), serviceCidr: "192.168.0.0/16", pools });
  });

const nodesOf = (plan: ReturnType<typeof planAddresses>) => Object.values(plan.pools).flat();

describe("address plan", () => {
  test("the default networks give the addresses of the specification", () => {
    expect(planAddresses(request())).toEqual({
      hostCidr: "192.168.0.0/27",
      prefixLength: 27,
      gateway: "192.168.0.1",
      allocationPool: { start: "192.168.0.2", end: "192.168.0.9" },
      masters: ["192.168.0.10"],
      pools: { default: ["192.168.0.15", "192.168.0.16"] },
      apiServiceAddress: "10.0.0.1",
      dnsServiceAddress: "10.0.0.10",
    });
  });

  test("up to five masters have addresses from the first day, and the first of several has that of a single one", () => {
    const mastersOf = (masterCount: number) => planAddresses(request({ masterCount })).masters;
    expect(mastersOf(5)).toEqual([10, 11, 12, 13, 14].map((number) => `192.168.0.${number}`));
    expect(mastersOf(3)).toEqual(mastersOf(5).slice(0, 3));
    expect(mastersOf(1)).toEqual(mastersOf(5).slice(0, 1));
    expect(() => mastersOf(6)).toThrow(/addresses for 5 masters, not for 6/);
    // Neither Neutron nor a pool may ever take one of them.
    const { allocationPool } = planAddresses(request());
    expect(allocationPool.end).toBe("192.168.0.9");
    expect(addressProblems(request({ pools: [{ name: "web", count: 1, addressOffset: 14 }] }))).toHaveLength(1);
  });

  test("addresses are unique and inside the host network", () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        expect(addressProblems(layout)).toEqual([]);
        const plan = planAddresses(layout);
        const all = [
          plan.gateway,
          plan.allocationPool.start,
          plan.allocationPool.end,
          ...plan.masters,
          ...nodesOf(plan),
        ];
        expect(new Set(all).size).toBe(all.length);
        const host = new Address4(layout.hostCidr);
        const edges = [host.startAddress().correctForm(), host.endAddress().correctForm()];
        for (const address of all) {
          expect(new Address4(address).isInSubnet(host)).toBe(true);
          expect(edges).not.toContain(address);
        }
      }),
    );
  });

  test("growing or removing one pool moves no address of another, nor any that the pool had", () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.integer({ min: 1, max: 5 }), (layout, choice, growth) => {
        fc.pre(layout.pools.length > 0);
        const grown = choice % layout.pools.length;
        const before = planAddresses(layout);
        const pools = layout.pools.map((pool, index) =>
          index === grown ? { ...pool, count: pool.count + growth } : pool,
        );
        const after = planAddresses({ ...layout, pools });
        for (const [name, addresses] of Object.entries(before.pools)) {
          expect(after.pools[name]?.slice(0, addresses.length)).toEqual(addresses);
        }
        const without = planAddresses({ ...layout, pools: layout.pools.filter((_, index) => index !== grown) });
        expect(before.pools).toMatchObject(without.pools);
        expect(after.masters).toEqual(before.masters);
      }),
    );
  });

  test("whatever passes the checks can be planned, and what cannot be planned does not pass", () => {
    const anything = fc.record({
      hostCidr: fc.integer({ min: 20, max: 30 }).map((prefix) => network(192, 168, prefix)),
      podCidr: fc.integer({ min: 8, max: 24 }).map((prefix) => network(172, 16, prefix)),
      pools: fc.array(fc.tuple(fc.nat(40), fc.nat(60)), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(anything, ({ hostCidr, podCidr, pools }) => {
        const named = pools.map(([count, addressOffset], index) => ({ name: `pool-${index}`, count, addressOffset }));
        const asked = request({ hostCidr, podCidr, pools: named });
        if (addressProblems(asked).length > 0) return;
        const plan = planAddresses(asked);
        const all = [...plan.masters, ...nodesOf(plan)];
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });

  test("hundreds of nodes fit a larger network", () => {
    const pools = [{ name: "default", count: 500, addressOffset: 15 }];
    const large = request({ hostCidr: "192.168.0.0/22", podCidr: "172.16.0.0/15", pools });
    expect(addressProblems(large)).toEqual([]);
    expect(planAddresses(large).pools["default"]?.at(-1)).toBe("192.168.2.2");
  });
});

describe("address problems", () => {
  test("networks that overlap, once a pair", () => {
    expect(addressProblems(request({ serviceCidr: "172.16.0.0/12" }))).toEqual([
      {
        key: "serviceCidr",
        value: "172.16.0.0/12",
        reason: "overlaps podCidr 172.17.0.0/16",
        remedy: "give serviceCidr a private network of its own, for instance one that begins in another /8",
      },
    ]);
  });

  test("a host network too small, with the number that fits and the network that would do", () => {
    const pools = [{ name: "default", count: 20, addressOffset: 15 }];
    expect(addressProblems(request({ pools }))).toEqual([
      {
        key: "nodePools.default.count",
        value: "20",
        reason: "hostCidr 192.168.0.0/27 has room for 16 nodes from host number 15 on",
        remedy: "ask for at most 16 nodes, or make hostCidr a /26 or larger",
      },
    ]);
    const fitting = (count: number) => request({ pools: [{ name: "default", count, addressOffset: 15 }] });
    expect(addressProblems(fitting(16))).toEqual([]);
    expect(addressProblems({ ...fitting(20), hostCidr: "192.168.0.0/26" })).toEqual([]);
  });

  test("a host network without room for the masters", () => {
    expect(addressProblems(request({ hostCidr: "192.168.0.0/29" }))).toMatchObject([
      {
        key: "hostCidr",
        value: "192.168.0.0/29",
        reason: "has room for 0 nodes: host numbers 1 to 14 are kept for gateway, Neutron and masters",
        remedy: "use a /27 or larger (a /28 has a master and no node)",
      },
    ]);
  });

  test("a pod network with too few /24s, with the count that fits", () => {
    const pools = [{ name: "default", count: 9, addressOffset: 15 }];
    expect(addressProblems(request({ podCidr: "172.17.0.0/22", pools }))).toEqual([
      {
        key: "podCidr",
        value: "172.17.0.0/22",
        reason: "holds 4 networks of a /24, one a machine: room for 1 master and 3 nodes, but 9 nodes are asked for",
        remedy: "ask for at most 3 nodes, or make podCidr a /20 or larger",
      },
    ]);
  });

  test("pools that overlap, with an offset that is free", () => {
    const pools = [
      { name: "web", count: 4, addressOffset: 15 },
      { name: "batch", count: 2, addressOffset: 18 },
    ];
    expect(addressProblems(request({ pools }))).toEqual([
      {
        key: "nodePools.batch.addressOffset",
        value: "18",
        reason: "host numbers 18 to 19 overlap those of pool web, 15 to 18",
        remedy: "set nodePools.batch.addressOffset to 19, which is free",
      },
    ]);
  });

  test("a pool in the masters' block", () => {
    const pools = [{ name: "web", count: 2, addressOffset: 10 }];
    expect(addressProblems(request({ pools }))).toEqual([
      {
        key: "nodePools.web.addressOffset",
        value: "10",
        reason: "host numbers 0 to 14 are kept for the gateway, Neutron and the masters",
        remedy: "set nodePools.web.addressOffset to 15, which is free",
      },
    ]);
  });

  test("a proposed offset is always free", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(8), fc.nat(40)), { minLength: 2, maxLength: 4 }), (pairs) => {
        const pools = pairs.map(([count, addressOffset], index) => ({ name: `pool-${index}`, count, addressOffset }));
        for (const problem of addressProblems(request({ hostCidr: "192.168.0.0/26", pools }))) {
          const [, name, offset] = /set nodePools\.(\S+)\.addressOffset to (\d+)/.exec(problem.remedy) ?? [];
          if (name === undefined) continue;
          const moved = pools.map((pool) => (pool.name === name ? { ...pool, addressOffset: Number(offset) } : pool));
          const left = addressProblems(request({ hostCidr: "192.168.0.0/26", pools: moved }));
          const mine = left.filter(
            ({ key, reason }) => key.startsWith(`nodePools.${name}.`) || reason.includes(`pool ${name},`),
          );
          expect(mine).toEqual([]);
        }
      }),
    );
  });
});
