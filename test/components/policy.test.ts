import { beforeAll, describe, expect, it } from "vitest";
import { configOf } from "../unit/config-values";
import { pretendCloud, type RegisteredResource } from "../support/mocks";

/** The rules of a policy pack over what a production stack registers; the analyzer that would run such a pack cannot be had here. */
describe.each(["direct", "floatingIp"])("a stack marked production, with access %s", (access) => {
  let resources: readonly RegisteredResource[];
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);

  beforeAll(async () => {
    await pretendCloud();
    const { run } = await import("./run-cluster.ts");
    const config = configOf({ production: true, authorization: "RBAC", access, nodes: 2 });
    ({ resources } = await run(config));
  });

  it("opens SSH and the API to no network wider than a /8, and nothing to the world", () => {
    const rules = ofType("openstack:networking/secGroupRule:SecGroupRule");
    expect(rules.length).toBeGreaterThan(5);
    for (const { inputs } of rules) {
      expect(inputs["direction"]).toBe("ingress");
      expect(Number(String(inputs["remoteIpPrefix"]).split("/")[1])).toBeGreaterThanOrEqual(8);
    }
  });

  it("has port security and a security group on every port", () => {
    const ports = ofType("openstack:networking/port:Port");
    expect(ports.length).toBeGreaterThanOrEqual(3);
    for (const { inputs } of ports) {
      expect(inputs["portSecurityEnabled"]).not.toBe(false);
      expect(inputs["noSecurityGroups"]).not.toBe(true);
      expect(inputs["securityGroupIds"]).not.toEqual([]);
      // A pair of addresses that a port may also use would let pods pose as other machines.
      expect(inputs["allowedAddressPairs"] ?? []).toEqual([]);
    }
  });

  it("protects its volumes", () => {
    const volumes = ofType("openstack:blockstorage/volume:Volume");
    expect(volumes).toHaveLength(1);
    for (const { options } of volumes) expect(options.protect).toBe(true);
  });
});
