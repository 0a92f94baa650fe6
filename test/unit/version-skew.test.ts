import { describe, expect, it } from "vitest";
import type { RecordedMachine } from "../../components/model/recorded";
import { supportedMinors } from "../../components/model/release-table";
import { clusterVersion, versionProblems } from "../../components/checks/version-skew";
import { validateConfig } from "../../components/checks/validate";
import { smallest } from "./config-values";

const machine = (name: string, kubernetes: string): RecordedMachine => ({
  name,
  role: name.includes("master") ? "master" : "node",
  generation: 1,
  kubernetes,
  image: "debian-13",
  flavor: "b3-8",
});
const cluster = (master: string, node = master) => [machine("dev-master-0", master), machine("dev-web-0", node)];

describe("the Kubernetes release of a cluster", () => {
  it("is its master's, also while an upgrade is under way", () => {
    expect(clusterVersion([])).toBeUndefined();
    expect(clusterVersion(cluster("1.36.3", "1.35.4"))).toBe("1.36.3");
  });

  const versionOf = (changes: object, recordedMachines: readonly RecordedMachine[]) => {
    const result = validateConfig({ ...smallest, ...changes }, { stackName: "dev", recordedMachines });
    return "config" in result ? result.config.kubernetes.version : result.problems;
  };

  it("stays when none is configured, whatever the default has become", () => {
    expect(versionOf({}, [])).toBe("1.36.3");
    expect(versionOf({}, cluster("1.35.4"))).toBe("1.35.4");
    expect(versionOf({ kubernetesVersion: "1.36.4" }, cluster("1.36.3"))).toBe("1.36.4");
  });

  it("is that of its newest node where the master's server is lost, and held against what is asked for", () => {
    const nodes = [machine("dev-web-0", "1.35.4"), machine("dev-web-1", "1.35.10"), machine("dev-web-2", "1.34.9")];
    expect(versionOf({}, nodes)).toBe("1.35.10");
    expect(versionOf({ kubernetesVersion: "1.37.2" }, nodes)).toMatchObject([
      { key: "kubernetesVersion", remedy: "upgrade to a release of 1.36 first" },
    ]);
  });

  it("is refused in one list with everything else when the cluster may not have it", () => {
    expect(versionOf({ kubernetesVersion: "1.37.2", nodes: -1 }, cluster("1.35.4"))).toMatchObject([
      { key: "nodes" },
      { key: "kubernetesVersion", value: "1.37.2", remedy: "upgrade to a release of 1.36 first" },
    ]);
  });

  it("is named when this program does not know it, whose release files it cannot tell then", () => {
    const production = { production: true, authorization: "RBAC", artifactMirror: "http://mirror.example" };
    expect(versionOf(production, cluster("1.30.1"))).toMatchObject([{ key: "kubernetesVersion", value: "1.30.1" }]);
    expect(versionOf(production, cluster("1.35.4"))).toMatchObject([{ key: "artifactMirror" }]);
  });
});

describe("an upgrade", () => {
  const reasons = (target: string, recorded: readonly RecordedMachine[]) =>
    versionProblems(target, recorded).map(({ reason, remedy }) => `${reason}; ${remedy}`);

  it("goes to the next minor, within a minor, and on where it was interrupted", () => {
    expect(reasons("1.36.3", cluster("1.35.4"))).toEqual([]);
    expect(reasons("1.36.3", cluster("1.36.4"))).toEqual([]);
    expect(reasons("1.36.3", cluster("1.36.3", "1.35.4"))).toEqual([]);
    expect(reasons("1.36.3", [])).toEqual([]);
  });

  it("does not skip a minor", () => {
    expect(reasons("1.37.2", cluster("1.35.4"))).toEqual([
      "skips a minor release: the cluster has 1.35.4; upgrade to a release of 1.36 first",
    ]);
  });

  it("does not go back a minor, also one that was interrupted", () => {
    expect(reasons("1.35.4", cluster("1.36.3", "1.35.4")).join()).toContain("is older than the cluster's 1.36.3");
  });

  it("does not leave nodes more than three minors behind", () => {
    expect(reasons("1.37.2", cluster("1.36.3", "1.33.1")).join()).toContain("3 minors ahead of dev-web-0 (1.33.1)");
  });

  it("is not of a cluster whose release is no longer known", () => {
    expect(reasons("1.34.1", cluster("1.34.1")).join()).toContain("is what the cluster has");
  });
});

describe("the minor releases of the table", () => {
  const accepted = (target: string, recorded: readonly RecordedMachine[]) =>
    versionProblems(target, recorded).length === 0;
  const pairs = supportedMinors.flatMap((from, at) =>
    supportedMinors.map((to, index) => [from, to, index - at] as const),
  );

  it("are three that follow each other", () => {
    expect(supportedMinors).toEqual(["1.35", "1.36", "1.37"]);
  });

  it.each(pairs)("from %s to %s", (from, to, steps) => {
    expect(accepted(`${to}.1`, cluster(`${from}.4`))).toBe(steps === 0 || steps === 1);
  });

  it("are gone through one by one, also where each upgrade was cut off after its master", () => {
    const [first = "", second = "", third = ""] = supportedMinors.map((minor) => `${minor}.2`);
    for (const [target, recorded] of [
      [second, cluster(first)],
      [second, cluster(second, first)],
      // Nodes may lag: the next upgrade takes them along.
      [third, cluster(second, first)],
      [third, cluster(third, first)],
      [third, cluster(third)],
    ] as const) {
      expect([target, versionProblems(target, recorded)]).toEqual([target, []]);
    }
    expect(accepted(second, cluster(third, first))).toBe(false);
    expect(accepted(first, cluster(second, first))).toBe(false);
  });
});
