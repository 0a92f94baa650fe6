import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterTags, machineHostName, machineLogicalName, machineMetadata } from "../../components/plan/names";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/);

describe("names", () => {
  test("are these, since a changed logical name replaces the machine", () => {
    expect(machineLogicalName("master", 0)).toBe("master-0");
    expect(machineLogicalName("default", 3)).toBe("default-3");
    expect(machineHostName("dev", "master", 0)).toBe("dev-master-0");
    expect(machineHostName("dev", "default", 3)).toBe("dev-default-3");
    expect(clusterTags("dev")).toEqual(["kovhernetes:cluster=dev"]);
    expect(machineMetadata("dev", "default", 3)).toEqual({
      "kovhernetes:cluster": "dev",
      "kovhernetes:role": "node",
      "kovhernetes:pool": "default",
      "kovhernetes:ordinal": "3",
    });
    expect(machineMetadata("dev", "master", 0)["kovhernetes:role"]).toBe("master");
  });

  test("host names are DNS labels, and different for different machines of a cluster", () => {
    const machine = fc.tuple(label, fc.nat(999));
    fc.assert(
      fc.property(label, machine, machine, (cluster, one, other) => {
        const name = machineHostName(cluster, ...one);
        expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
        const same = one[0] === other[0] && one[1] === other[1];
        expect(name === machineHostName(cluster, ...other)).toBe(same);
      }),
    );
  });

  test("a host name too long for DNS is refused", () => {
    expect(() => machineHostName("c".repeat(40), "p".repeat(30), 0)).toThrow("longer than 63 characters");
  });
});
