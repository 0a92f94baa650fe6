import { describe, expect, test } from "vitest";
import { renderMaster, renderNode } from "../../cloudinit";
import { addressProblems } from "../../components/checks/addresses";
import { planAddresses } from "../../components/plan/addresses";
import { planMachines } from "../../components/plan/machines";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { documentedPart } from "../support/markdown";
import { scales, scaleTable, smallestRequest, snapshotTable } from "../support/scale-tables";
import { parseUserData } from "../support/user-data";
import { configOf, problemsOf } from "./config-values";

const settings = (nodes: number): Readonly<Record<string, unknown>> => {
  const { hostCidr, podCidr, serviceCidr, pools } = smallestRequest(nodes);
  const nodePools = Object.fromEntries(pools.map(({ name, ...pool }) => [name, pool]));
  return { hostCidr, podCidr, serviceCidr, nodePools };
};

describe("docs/scale.md (npm run documents writes the tables)", () => {
  test("networks and quota", () => {
    const table = scaleTable();
    expect(documentedPart("docs/scale.md", "networks", table)).toBe(table);
  });

  test("etcd's volume", () => {
    const { backup } = configOf();
    const table = snapshotTable(backup.snapshots?.keep ?? 0);
    expect(documentedPart("docs/scale.md", "snapshots", table)).toBe(table);
  });
});

describe("large clusters", () => {
  test.each(scales)("the program takes and plans %i nodes", (nodes) => {
    const config = configOf(settings(nodes));
    const { masters, nodePools, network } = config;
    const request = { ...network, masterCount: masters.count, pools: nodePools };
    expect(addressProblems(request)).toEqual([]);
    const machines = planMachines(config, planAddresses(request));
    expect(new Set(machines.map(({ address }) => address)).size).toBe(nodes + 1);
    expect(new Set(machines.map(({ hostName }) => hostName)).size).toBe(nodes + 1);
  });

  test.each(scales)("networks half the size do not hold %i nodes", (nodes) => {
    const halved = (cidr: unknown): string => String(cidr).replace(/\d+$/, (prefix) => String(Number(prefix) + 1));
    const given = settings(nodes);
    expect(problemsOf({ ...given, hostCidr: halved(given["hostCidr"]) })).not.toEqual([]);
    expect(problemsOf({ ...given, podCidr: halved(given["podCidr"]) })).not.toEqual([]);
  });

  test("5,000 nodes are checked and planned in moments", () => {
    const begin = performance.now();
    const config = configOf(settings(5000));
    planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));
    const milliseconds = performance.now() - begin;
    console.log(`5,000 nodes are checked and planned in ${Math.round(milliseconds)} ms`);
    // Ten times what it takes on a machine with nothing else to do.
    expect(milliseconds).toBeLessThan(5000);
  });

  test("the default networks hold 16 nodes, and with a larger host network 255", () => {
    expect(problemsOf({ nodes: 16 })).toEqual([]);
    expect(problemsOf({ nodes: 17 }).map(({ key }) => key)).toEqual(["nodePools.default.count"]);
    expect(problemsOf({ nodes: 255, hostCidr: "192.168.0.0/22" })).toEqual([]);
    expect(problemsOf({ nodes: 256, hostCidr: "192.168.0.0/22" }).map(({ key }) => key)).toEqual(["podCidr"]);
  });

  test("a pool has at most a thousand nodes", () => {
    const networks = { hostCidr: "10.8.0.0/16", podCidr: "10.64.0.0/10", serviceCidr: "172.16.0.0/16" };
    expect(problemsOf({ ...networks, nodes: 1000 })).toEqual([]);
    expect(problemsOf({ ...networks, nodes: 1001 }).map(({ key }) => key)).toEqual(["nodes"]);
  });

  test.each([
    ["master", renderMaster(masterDescription)],
    ["node", renderNode(nodeDescription)],
  ])("a %s's table of neighbours has room for every machine and every pod of its own", (_, userData) => {
    const content = parseUserData(userData).files.get("/etc/sysctl.d/zz-kovhernetes.conf")?.content ?? "";
    const threshold = (number: number): number =>
      Number(new RegExp(`^net\\.ipv4\\.neigh\\.default\\.gc_thresh${number} = (\\d+)$`, "m").exec(content)?.[1]);
    // Above the second, entries are removed that are in use; above the third, there are no new ones.
    expect(threshold(2)).toBeGreaterThan(5000 + 110);
    expect(threshold(2)).toBeLessThan(threshold(3));
  });
});
