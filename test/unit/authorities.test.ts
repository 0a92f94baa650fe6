import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planAddresses } from "../../components/plan/addresses";
import { authorityExpiryNotices, authorityNotices } from "../../components/notices/authorities";
import { machineAuthorities, planAuthorities } from "../../components/plan/authorities";
import { authorityProblems, orderProblems } from "../../components/checks/authorities";
import { validateConfig } from "../../components/checks/validate";
import type { RecordedMachine } from "../../components/model/recorded";
import { planMachines, type MachinePlan } from "../../components/plan/machines";
import { acceptEachOther, authoritiesText, parseAuthorities } from "../../components/model/authorities";
import { bundle } from "../../components/pki/bundle";
import { authoritiesInState } from "../../components/recorded/authorities";
import { essentials } from "../../components/recorded/state";
import { exampleCluster, examplePool } from "../components/example-cluster";
import { authoritySet } from "../support/authority-steps.ts";
import { problemsOf, smallest } from "./config-values";

interface Generations {
  readonly master: number;
  readonly web: number;
}

function plans({ master, web }: Generations, count = 2): readonly MachinePlan[] {
  const { masters } = exampleCluster();
  const config = exampleCluster({
    masters: { ...masters, generation: master },
    nodePools: [{ ...examplePool("web", count, 15), generation: web }],
  });
  return planMachines(config, planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools }));
}

/** Machines of the first generation, by what they were made with. */
const recorded = (master: string | undefined, ...nodes: (string | undefined)[]): RecordedMachine[] =>
  [master, ...nodes].map((authorities, index) => ({
    name: index === 0 ? "dev-master-0" : `dev-web-${index - 1}`,
    role: index === 0 ? ("master" as const) : ("node" as const),
    generation: 1,
    kubernetes: "1.36.3",
    image: "debian-13",
    flavor: "b3-8",
    authorities,
  }));
const all = (text: string | undefined) => recorded(text, text, text);
const possible = (target: string, ...rest: [readonly RecordedMachine[], (readonly number[])?, number?]): string => {
  const [records, existing = [], administrator] = rest;
  const problems = authorityProblems(authoritySet(target), records, { existing, administrator });
  return problems.map(({ reason, remedy }) => `${reason}; ${remedy}`).join("\n");
};

describe("the key authorities", () => {
  test.each([
    ["1", 1, [1]],
    ["1+2", 1, [1, 2]],
    ["2+1", 2, [2, 1]],
    ["17", 17, [17]],
  ])("%s says who issues and who is trusted", (text, issuing, trusted) => {
    expect(parseAuthorities(text)).toEqual({ issuing, trusted });
    expect(authoritiesText(authoritySet(text))).toBe(text);
  });

  test.each(["0", "01", "1+1", "1+3", "3+1", "1+2+3", "1 + 2", "+1", "one", "-1"])("%s is refused", (text) => {
    expect(problemsOf({ authorities: text })).toMatchObject([
      { key: "authorities", value: text, reason: "names no authorities" },
    ]);
  });

  test("it is a plain number as well, and the first authorities unless given", () => {
    const authoritiesOf = (values: object) => {
      const result = validateConfig({ ...smallest, ...values }, { stackName: "dev" });
      return "config" in result ? result.config.certificates.authorities : result.problems;
    };
    expect(authoritiesOf({})).toEqual({ issuing: 1, trusted: [1] });
    expect(authoritiesOf({ authorities: 2 })).toEqual({ issuing: 2, trusted: [2] });
  });
});

describe("a step of a rotation", () => {
  test("may follow the one before, and be taken back", () => {
    const steps = ["1", "1+2", "2+1", "2"];
    for (const [index, step] of steps.entries()) {
      for (const next of steps.slice(Math.max(index - 1, 0), index + 2)) {
        expect([step, next, possible(next, all(step))]).toEqual([step, next, ""]);
      }
    }
    expect(possible("2+3", all("2"), [2], 2)).toBe("");
  });

  test("is refused while a machine does not trust who would issue, which is named with what is possible", () => {
    expect(possible("2+1", recorded("1+2", "1+2", undefined), [1, 2], 1)).toBe(
      "issues from 2, which machines do not trust yet: dev-web-1 (made with 1); " +
        "have 2 trusted first, and replace these machines with that; possible now: 1, 1+2",
    );
  });

  test("is refused while certificates come from who would not be trusted, a machine's or the administrator's", () => {
    expect(possible("2", recorded("2+1", "1+2", "2+1"), [1, 2], 2)).toBe(
      "no longer trusts authorities from which certificates still come: dev-web-0 (made with 1+2); " +
        "have these issued by 2 first, while both are trusted; possible now: 1+2, 2+1",
    );
    expect(possible("2", all("2+1"), [1, 2], 1)).toContain("the administrator's kubeconfig (from 1)");
  });

  test("is refused when it is skipped, both ways, and a key that got lost is that too", () => {
    expect(possible("2", all("1"), [1], 1)).toMatch(/do not trust yet[^]*certificates still come[^]*now: 1, 1\+2$/);
    expect(possible("1", all("2"), [2], 2)).toMatch(/possible now: 2, 2\+3$/);
  });

  test("does not bring back authorities that were removed: they would be others of the same number", () => {
    expect(possible("2+1", all("2"), [2], 2)).toContain("names authorities 1, which were removed");
    expect(possible("2+1", all("2+1"), [1, 2], 2)).toBe("");
    // A machine still trusts one whose key is lost; a new one of its number would be a stranger to it.
    expect(possible("1+2", all("1+2"), [1], 1)).toContain("names authorities 2, which were removed");
    expect(possible("1+2", all("1"), [1], 1)).toBe("");
  });

  test("is of no concern to a new cluster, but to one whose machines were never made", () => {
    expect(possible("2", [])).toBe("");
    expect(possible("2", [], [1], 1)).toContain("possible now: 1, 1+2");
  });

  test("replaces the master before it makes nodes", () => {
    const order = (generations: Generations, records: RecordedMachine[], count = 2) =>
      orderProblems(authoritySet("1+2"), plans(generations, count), records);
    const [problem] = order({ master: 1, web: 2 }, all("1"));
    expect(problem?.remedy).toBe("set master.generation to 2 as well: the master is replaced first");
    expect(problem?.reason).toContain("this update makes dev-web-0, dev-web-1");
    expect(order({ master: 2, web: 2 }, all("1"))).toEqual([]);
    expect(order({ master: 1, web: 2 }, recorded("1+2", "1", "1"))).toEqual([]);
    expect(order({ master: 1, web: 1 }, all("1"))).toEqual([]);
    // A node that is added is one that is made.
    expect(order({ master: 1, web: 1 }, all("1"), 3)[0]?.reason).toContain("makes dev-web-2,");
  });

  test("is refused by the whole configuration too, with its reasons", () => {
    const validate = (values: object, records: RecordedMachine[]) =>
      validateConfig(
        { ...smallest, clusterName: "dev", nodePools: { web: { count: 2 } }, ...values },
        { stackName: "dev", recordedMachines: records, recordedAuthorities: { existing: [1], administrator: 1 } },
      );
    expect(validate({ authorities: "2+1" }, all(undefined))).toMatchObject({ problems: [{ key: "authorities" }] });
    expect(validate({ authorities: "1+2" }, all(undefined))).toHaveProperty("config");
    const late = { authorities: "1+2", nodePools: { web: { count: 2, generation: 2 } } };
    expect(validate(late, all(undefined))).toMatchObject({
      problems: [{ remedy: "set master.generation to 2 as well: the master is replaced first" }],
    });
  });
});

describe("who has certificates from whom", () => {
  test("a machine that stays goes by what it was made with, others by the configuration", () => {
    const planned = plans({ master: 2, web: 1 }, 3);
    const records = recorded("1", "1+2", "1");
    const sets = planned.map((plan) => authoritiesText(machineAuthorities(plan, records, authoritySet("2+1"))));
    expect(sets).toEqual(["2+1", "1+2", "1", "2+1"]);
    const plan = planAuthorities(authoritySet("2+1"), planned, records);
    expect(plan.issuers).toEqual({ "dev-master-0": 2, "dev-web-0": 1, "dev-web-1": 1, "dev-web-2": 2 });
    expect(plan.made).toEqual([
      { number: 1, issues: true },
      { number: 2, issues: true },
    ]);
  });

  test("authorities are kept while a machine that stays trusts them, and let go before nobody needs them", () => {
    const made = (target: string, records: RecordedMachine[], generation: number) =>
      planAuthorities(authoritySet(target), plans({ master: generation, web: generation }), records).made;
    const lasting = { number: 2, issues: true };
    expect(made("1", all(undefined), 1)).toEqual([{ number: 1, issues: true }]);
    expect(made("2+1", all("1+2"), 2)).toEqual([{ number: 1, issues: false }, lasting]);
    expect(made("2", all("2+1"), 1)).toEqual([{ number: 1, issues: false }, lasting]);
    expect(made("2", all("2+1"), 2)).toEqual([lasting]);
  });

  test("whatever is done in whatever order, machines and administrator accept each other all the while", () => {
    const text = fc.constantFrom("1", "1+2", "2+1", "2", "2+3", "3+2", "3");
    const update = fc.record({ target: text, replaced: fc.subarray([0, 1, 2]) });
    fc.assert(
      fc.property(fc.array(update, { maxLength: 12 }), (updates) => {
        let machines = all("1");
        let administrator = authoritySet("1");
        for (const { target, replaced } of updates) {
          const set = authoritySet(target);
          const known = { existing: [], administrator: administrator.issuing };
          if (authorityProblems(set, machines, known).length > 0) continue;
          administrator = set;
          for (const index of replaced) {
            machines = machines.map((one, place) => (place === index ? { ...one, authorities: target } : one));
            const sets = [administrator, ...machines.map((one) => authoritySet(one.authorities ?? "1"))];
            for (const one of sets) for (const other of sets) expect(acceptEachOther(one, other)).toBe(true);
          }
        }
      }),
    );
  });
});

describe("what the preview says of it", () => {
  const notices = (target: string, records: RecordedMachine[], generations: Generations = { master: 1, web: 1 }) =>
    authorityNotices(authoritySet(target), plans(generations), records);

  test("nothing without a rotation", () => {
    expect(notices("1", all(undefined))).toEqual([]);
    expect(notices("2", all("2"))).toEqual([]);
    expect(notices("1", [])).toEqual([]);
  });

  test("which machines wait, and which generations to raise, the master's first", () => {
    expect(notices("1+2", all(undefined))).toEqual([
      "Rotation of the authorities, step 1 of 3 (authorities 1+2): 1 issues, and machines learn to trust 2 as well. " +
        "Waiting for it: dev-master-0, dev-web-0, dev-web-1. Set master.generation to 2 and nodePools.web.generation to 2, and run `pulumi up`. " +
        "The master goes first: before it, no node of this step is made.",
    ]);
    expect(notices("1+2", recorded("1+2", "1", "1+2"))[0]).toMatch(
      /Waiting for it: dev-web-0\. Set nodePools\.web\.generation to 2, and run `pulumi up`\.$/,
    );
  });

  test("the next step once all machines have reached one, also by this update", () => {
    expect(notices("1+2", all("1"), { master: 2, web: 2 })).toEqual([
      "Rotation of the authorities, step 1 of 3 (authorities 1+2): 1 issues, and machines learn to trust 2 as well. " +
        "With this update all machines have reached it. Next: set authorities to 2+1 and master.generation to 3 and nodePools.web.generation to 3, and run `pulumi up`.",
    ]);
    const [second = ""] = notices("2+1", all("2+1"));
    expect(second).toMatch(
      /step 2 of 3 .*come from 2, and 1 is still trusted\. All machines have reached it\. Next: give the kubeconfig/,
    );
    expect(second).toMatch(/those from 1 are refused after the last step; then set authorities to 2 and master/);
    expect(notices("2", all("2+1"), { master: 2, web: 2 })[0]).toMatch(
      /step 3 of 3 .*2 issues and is trusted alone, and machines forget 1\. With this update .* The rotation ends with it/,
    );
    expect(notices("1", all("1+2"))[0]).toMatch(/taken back .*forget 2, which never issued\. Waiting for it/);
  });

  test("authorities that end before the certificates that they issue", () => {
    const hours = { validityHours: 8760, earlyRenewalHours: 720, authorityValidityHours: 87600 };
    const of = (target: string, expiries: Record<number, string>, now: string, validities = hours) =>
      authorityExpiryNotices(authoritySet(target), expiries, new Date(now), validities);
    const expiries = { 1: "2036-11-25T00:00:00Z" };
    expect(of("1", expiries, "2035-11-01T00:00:00Z")).toEqual([]);
    expect(of("1", expiries, "2035-12-01T00:00:00Z")).toEqual([
      "Certificate authorities 1 end at 2036-11-25T00:00:00Z, and whatever certificates they issued end then. " +
        "Rotate them: set authorities to 1+2 and see docs/operations.md.",
    ]);
    expect(of("1+2", expiries, "2036-11-01T00:00:00Z")[0]).toContain("Go on with their rotation.");
    // As short-lived as their certificates: not a warning from the first day on.
    const short = { validityHours: 24, earlyRenewalHours: 1, authorityValidityHours: 24 };
    expect(of("1", expiries, "2036-11-24T01:00:00Z", short)).toEqual([]);
    expect(of("1", expiries, "2036-11-24T22:00:00Z", short)).toHaveLength(1);
  });
});

describe("authorities in a stack's state", () => {
  const urn = (type: string, name: string): string => `urn:pulumi:dev::kovhernetes::${type}::${name}`;
  const authorityType = "tls:index/selfSignedCert:SelfSignedCert";
  const leafType = "tls:index/locallySignedCert:LocallySignedCert";
  const portType = "openstack:networking/port:Port";
  const portOf = (name: string, clusterName: string) =>
    [
      portType,
      `${name}-master-0-port`,
      { name: `${clusterName}-master-0`, tags: [`kovhernetes:cluster=${clusterName}`] },
    ] as const;
  // As an update reads it: not all outputs are kept.
  const state = (...resources: readonly (readonly [string, string, object])[]): unknown =>
    essentials({
      outputs: Object.fromEntries(resources.map(([type, name, outputs]) => [urn(type, name), { type, outputs }])),
    });
  const both = [
    [authorityType, "dev-pki-kubernetes-authority-certificate", { certPem: "first" }],
    [authorityType, "dev-pki-kubernetes-authority-2-certificate", { certPem: "second" }],
    [authorityType, "dev-pki-etcd-authority-3-certificate", { certPem: "third" }],
    portOf("dev", "dev"),
  ] as const;
  const administrator = (caCertPem: string) =>
    [leafType, "dev-pki-administrator-certificate", { caCertPem, certPem: "leaf" }] as const;

  test("are told by number, with the one that issued the administrator's certificate", () => {
    expect(authoritiesInState(state(...both, administrator("second")))).toEqual({ existing: [1, 2], administrator: 2 });
    expect(authoritiesInState(state(...both, administrator("first")), "dev")).toEqual({
      existing: [1, 2],
      administrator: 1,
    });
    expect(authoritiesInState(state(...both))).toEqual({ existing: [1, 2], administrator: undefined });
    expect(authoritiesInState(undefined)).toEqual({ existing: [], administrator: undefined });
  });

  test("are those of one cluster of several", () => {
    const other = [
      [authorityType, "shop-pki-kubernetes-authority-4-certificate", { certPem: "fourth" }],
      portOf("shop", "shop"),
    ] as const;
    expect(authoritiesInState(state(...both, ...other), "shop")).toMatchObject({ existing: [4] });
  });
});

test("a bundle of one is that one as it is, and of several a file of all", () => {
  expect(bundle(["one"])).toBe("one");
  expect(bundle(["one\n"])).toBe("one\n");
  expect(bundle(["one", "two\n"])).toBe("one\ntwo\n");
});
