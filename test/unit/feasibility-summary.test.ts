import { describe, expect, it } from "vitest";
import { summaryLines, type SummaryArgs } from "../../components/feasibility/summary";
import type { ClusterConfig } from "../../components/model/cluster";
import { exampleCluster, exampleNetwork, examplePool } from "../components/example-cluster";
import { planOf, stateOf } from "../support/stack-state";

const now = new Date("2027-01-01T00:00:00Z");
const expiries = { "dev-master-0": "2027-06-01T00:00:00Z", "dev-default-0": "2027-09-01T00:00:00Z" };

/** @param before the cluster as it is in the state; none for a new one */
function summary(
  before: Partial<ClusterConfig> | undefined,
  changes: Partial<ClusterConfig> = {},
  args: Partial<SummaryArgs> = {},
  ends: Readonly<Record<string, string>> = expiries,
): readonly string[] {
  const state = before === undefined ? undefined : stateOf(exampleCluster(before), { expiries: ends });
  const plan = planOf(exampleCluster(changes), state);
  return summaryLines({ plan, now, userData: new Map(), quota: [], unchecked: [], ...args });
}

describe("the summary of a preview", () => {
  it("tells of a new cluster its machines with their addresses, and what they are made from", () => {
    expect(summary(undefined, { nodePools: [examplePool("default", 3, 15), examplePool("web", 0, 25)] })).toEqual([
      "Cluster dev: 4 machines (4 added)",
      "  master   dev-master-0                    192.168.0.10                  debian-13, b3-16  1 added",
      "  default  dev-default-0 to dev-default-2  192.168.0.15 to 192.168.0.17  debian-13, b3-8   3 added",
      "API downtime: none expected.",
      "Certificates: new ones, valid for 365 days.",
    ]);
  });

  it("tells what is added, replaced, waiting for its generation, unchanged and destroyed", () => {
    const lines = summary(
      {
        nodePools: [
          { ...examplePool("web", 2, 15), image: "debian-12" },
          examplePool("old", 1, 18),
          examplePool("batch", 1, 20),
        ],
      },
      { nodePools: [examplePool("web", 3, 15), { ...examplePool("batch", 1, 20), generation: 2 }] },
    );
    expect(lines[0]).toBe("Cluster dev: 5 machines (1 added, 1 replaced, 2 waiting, 1 unchanged, 1 destroyed)");
    expect(lines.find((line) => line.startsWith("  web"))).toMatch(/1 added, 2 waiting$/);
    expect(lines).toContain("Destroyed: dev-old-0.");
    expect(lines).toContain("API downtime: none expected.");
  });

  it("expects the API to be down when the master is replaced", () => {
    const lines = summary({}, { masters: { ...exampleCluster().masters, generation: 2 } });
    expect(lines.join("\n")).toContain("API downtime: expected");
    const three = (generation: number) => ({ masters: { ...exampleCluster().masters, count: 3 as const, generation } });
    expect(summary(three(1), three(2))).toContain("API downtime: none expected.");
    expect(summary(three(1), { ...three(2), readiness: { timeoutMinutes: 0 } }).join("\n")).toContain(
      "API downtime: expected",
    );
  });

  it.each([
    ["2027-06-01T00:00:00Z", "the first ends in 151 days, on 2027-06-01T00:00:00Z."],
    ["2027-01-15T00:00:00Z", "the first ends in 14 days, on 2027-01-15T00:00:00Z: soon."],
    ["2027-01-01T20:00:00Z", "the first ends in 20 hours, on 2027-01-01T20:00:00Z: soon."],
    ["2026-12-31T00:00:00Z", "the first has expired, on 2026-12-31T00:00:00Z."],
  ])("tells when certificates end: %s", (expiry, text) => {
    const ends = { ...expiries, "dev-default-0": expiry };
    expect(summary({}, {}, {}, ends)).toContain(`Certificates: ${text}`);
    const replaced = { nodePools: [{ ...examplePool("default", 1, 15), generation: 2 }] };
    expect(summary({}, replaced, {}, ends).join("\n")).toContain("on 2027-06-01");
  });

  it("has as many lines for 200 nodes as for one", () => {
    const network = { ...exampleNetwork, hostCidr: "192.168.0.0/23" };
    const many = summary(undefined, { network, nodePools: [examplePool("default", 200, 15)] });
    expect(many).toHaveLength(summary(undefined).length);
    const gone = summary({ network, nodePools: [examplePool("default", 201, 15)] }, { network });
    expect(gone.join("\n")).toContain("dev-default-10 and 190 more.");
  });

  it("gives user data, figures of the quota, and what was not checked, grouped by its reason", () => {
    const lines = summary(
      undefined,
      {},
      {
        userData: new Map([["master", 33000], ["nodePools.default", 17000]]), // prettier-ignore
        quota: [
          { what: "servers", after: 2, exact: true, limit: 10 },
          { what: "cores", after: 8, exact: true, limit: 20 },
          { what: "floating addresses", after: 2, exact: false, limit: 5 },
        ],
        unchecked: [
          { what: "use of networks", reason: "403" },
          { what: "free addresses of x", reason: "for administrators" },
          { what: "use of routers", reason: "403" },
        ],
      },
    );
    expect(lines.slice(5)).toEqual([
      "User data of new machines, characters as Nova counts them: master about 33000, a node of default about 17000, of at most 65535.",
      "Quota after this update: 2 of 10 servers, 8 of 20 cores.",
      "Quota for this cluster, beside what else the project has, which cannot be told: 2 of 5 floating addresses.",
      "Not checked: use of networks, use of routers (403).",
      "Not checked: free addresses of x (for administrators).",
    ]);
  });
});
