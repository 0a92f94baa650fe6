import { describe, expect, test } from "vitest";
import { stackSchema } from "../../components/config/schema";
import { successorHint, successorTable } from "../../components/config/successors";
import { problemsOf } from "./config-values";

const topKeys = Object.keys(stackSchema);
const poolKeys = ["count", "flavor", "image", "availabilityZone", "addressOffset", "labels", "taints", "generation"];

describe("keys of other programs are answered with what they are called here", () => {
  test.each([
    ["kubernetes_version", "write kubernetesVersion instead"],
    ["HOST-CIDR", "write hostCidr instead"],
    ["sshKey", "write sshPublicKey instead: it holds the line of a .pub file"],
    ["networkCidr", "write hostCidr instead"],
    ["workers", "write nodes instead: it counts nodes, without the master"],
    ["size", "write nodes instead: it counts nodes, without the master"],
    ["masters", "remove it: there is one master"],
    ["region", "write openstack:region instead"],
    ["project", "write openstack:tenantId instead"],
    ["application_key", "remove it: OVH's own API is not used"],
    ["rbac", "write authorization instead: with the value RBAC"],
  ])("%s", (key, remedy) => {
    const problems = problemsOf({ [key]: "1" });
    expect(problems).toMatchObject([{ key, reason: "is not a known key" }]);
    expect(problems[0]?.remedy).toContain(remedy);
  });

  test.each([
    ["size", "write nodePools.web.count instead"],
    ["replicas", "write nodePools.web.count instead"],
    ["instance_type", "write nodePools.web.flavor instead"],
    ["zone", "write nodePools.web.availabilityZone instead"],
  ])("%s of a pool", (field, remedy) => {
    const problems = problemsOf({ nodePools: { web: { count: 1, [field]: "1" } } });
    expect(problems).toMatchObject([{ key: `nodePools.web.${field}` }]);
    expect(problems[0]?.remedy).toContain(remedy);
  });

  test("secrets among them are not shown", () => {
    expect(problemsOf({ application_secret: "hunter2" })).toMatchObject([{ value: "(not shown)" }]);
  });

  test("a key that is known is not among the old names, and every successor exists somewhere", () => {
    for (const [name, { keys }] of successorTable) {
      expect(topKeys.map((key) => key.toLowerCase())).not.toContain(name);
      for (const key of keys.filter((candidate) => !candidate.includes(":"))) {
        expect([...topKeys, ...poolKeys]).toContain(key);
      }
    }
  });

  test("what nobody has heard of has none", () => {
    expect(successorHint("zzzzzzzz", topKeys)).toBeUndefined();
    // A pool has no masters, and no way to say that there is one alone.
    expect(successorHint("masters", poolKeys)).toBeUndefined();
  });
});
