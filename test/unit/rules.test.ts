import fc from "fast-check";
import { Address4 } from "ip-address";
import { describe, expect, it } from "vitest";
import { securityRules, type SecurityRule, type SecurityRulesArgs } from "../../components/plan/security-rules";

const cidr = fc
  .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => `${new Address4(`${address}/${prefix}`).startAddress().correctForm()}/${prefix}`);
// Few networks, so that the same one is often named twice and in two places.
const familiar = fc.constantFrom("192.168.0.0/27", "0.0.0.0/0", "203.0.113.7/32", "192.168.0.10/32");
const cidrs = fc.array(fc.oneof(cidr, familiar), { maxLength: 6 });
const rulesArgs: fc.Arbitrary<SecurityRulesArgs> = fc.record({
  hostCidr: fc.oneof(cidr, familiar),
  adminCidrs: cidrs,
  nodePortCidrs: cidrs,
  masterAddresses: fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 3 }),
});

const everyTable = (check: (rules: readonly SecurityRule[], args: SecurityRulesArgs) => void): void => {
  fc.assert(
    fc.property(rulesArgs, (args) => {
      check(securityRules(args), args);
    }),
  );
};
const opening = (rules: readonly SecurityRule[], protocol: string, port: number): readonly SecurityRule[] =>
  rules.filter(
    (rule) => rule.protocol === protocol && rule.ports !== undefined && rule.ports[0] <= port && port <= rule.ports[1],
  );
const sources = (rules: readonly SecurityRule[]): ReadonlySet<string> => new Set(rules.map((rule) => rule.from));

describe("securityRules", () => {
  it("names every rule once in its group, also when networks are given twice", () => {
    everyTable((rules) => {
      const names = rules.map((rule) => `${rule.appliesTo}-${rule.name}`);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  it("never opens the same twice, which Neutron refuses", () => {
    everyTable((rules) => {
      const effects = rules.map(({ appliesTo, protocol, ports, from }) =>
        JSON.stringify([appliesTo, protocol, ports, from]),
      );
      expect(new Set(effects).size).toBe(effects.length);
    });
  });

  it("opens etcd to the masters' own addresses alone, and on masters alone", () => {
    everyTable((rules, { masterAddresses }) => {
      for (const port of [2379, 2380]) {
        const etcd = opening(rules, "tcp", port);
        expect(sources(etcd)).toEqual(new Set(masterAddresses.map((address) => `${address}/32`)));
        expect(etcd.every((rule) => rule.appliesTo === "masters")).toBe(true);
      }
    });
  });

  it("opens the API to administrators and members alone, and on masters alone", () => {
    everyTable((rules, { adminCidrs, hostCidr }) => {
      const api = opening(rules, "tcp", 6443);
      expect(sources(api)).toEqual(new Set([...adminCidrs, hostCidr]));
      expect(api.every((rule) => rule.appliesTo === "masters")).toBe(true);
    });
  });

  it("opens SSH on every machine to administrators alone", () => {
    everyTable((rules, { adminCidrs }) => {
      const ssh = opening(rules, "tcp", 22);
      expect(sources(ssh)).toEqual(new Set(adminCidrs));
      expect(ssh.every((rule) => rule.appliesTo === "machines")).toBe(true);
    });
  });

  it("opens the kubelet's port and VXLAN on every machine to members alone", () => {
    everyTable((rules, { hostCidr }) => {
      for (const member of [...opening(rules, "tcp", 10250), ...opening(rules, "udp", 8472)]) {
        expect(member).toMatchObject({ appliesTo: "machines", from: hostCidr });
      }
      expect(opening(rules, "tcp", 10250)).toHaveLength(1);
      expect(opening(rules, "udp", 8472)).toHaveLength(1);
    });
  });

  it("opens node ports for both protocols to members and to the networks asked for", () => {
    everyTable((rules, { hostCidr, nodePortCidrs }) => {
      for (const protocol of ["tcp", "udp"]) {
        for (const port of [30000, 32767]) {
          expect(sources(opening(rules, protocol, port))).toEqual(new Set([hostCidr, ...nodePortCidrs]));
        }
        expect(opening(rules, protocol, 29999)).toEqual([]);
        expect(opening(rules, protocol, 32768)).toEqual([]);
      }
    });
  });

  it("makes of a list that names the host network the rules that are there without it, so that none is replaced", () => {
    const args = { hostCidr: "192.168.0.0/27", adminCidrs: [], nodePortCidrs: [], masterAddresses: ["192.168.0.10"] };
    expect(securityRules({ ...args, nodePortCidrs: [args.hostCidr] })).toEqual(securityRules(args));
    expect(securityRules(args)).toContainEqual({
      ...{ name: "node-ports-tcp-from-192-168-0-0-27", appliesTo: "machines", protocol: "tcp", ports: [30000, 32767] },
      ...{ from: args.hostCidr, description: "node ports" },
    });
  });

  it("opens nothing but what is said above", () => {
    const known = new Set([
      "tcp 22-22",
      "tcp 6443-6443",
      "tcp 10250-10250",
      "udp 8472-8472",
      "tcp 2379-2380",
      "tcp 30000-32767",
      "udp 30000-32767",
    ]);
    everyTable((rules, { hostCidr }) => {
      for (const rule of rules) {
        if (rule.ports === undefined) expect(rule).toMatchObject({ protocol: "icmp", from: hostCidr });
        else expect(known).toContain(`${rule.protocol} ${rule.ports.join("-")}`);
      }
    });
  });

  it("keeps the names of all other rules when a network is added", () => {
    fc.assert(
      fc.property(rulesArgs, cidr, (args, added) => {
        const names = (given: SecurityRulesArgs) =>
          securityRules(given).map((rule) => `${rule.appliesTo}-${rule.name}`);
        const after = new Set(names({ ...args, adminCidrs: [...args.adminCidrs, added] }));
        expect(names(args).filter((name) => !after.has(name))).toEqual([]);
      }),
    );
  });
});
