import { describe, expect, it } from "vitest";
import { corefile } from "../../components/addons/coredns";
import { dnsProblem, OutsideNames, type DnsExpectation } from "../../components/readiness/dns";
import { freshNames, judgeOutside, type ServerAnswer } from "../../components/readiness/outside-names";
import type { ClusterClient } from "../../components/readiness/cluster-client";

const names = freshNames("registry.k8s.io", 4);
const answered: ServerAnswer = {
  node: "dev-master-0",
  codes: ["NOERROR", "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"],
  log: "",
};
const refusedLine = (name: string) => `[INFO] 192.168.0.2:53 said REFUSED to ${name}. A`;

describe("names from outside", () => {
  it("are names that nobody has asked for before", () => {
    expect(new Set([...names, ...freshNames("registry.k8s.io", 4)])).toHaveLength(8);
    for (const name of names) expect(name).toMatch(/^kovhernetes-[0-9a-f]{8}\.registry\.k8s\.io$/);
  });

  it("are answered also where there is no such name", () => {
    expect(judgeOutside([answered, answered], names)).toEqual({ kind: "all" });
  });

  it("that are answered now and then are told with the machine and the resolver that refuses", () => {
    const half: ServerAnswer = {
      node: "dev-default-0",
      codes: ["NXDOMAIN", "REFUSED", "NXDOMAIN", "REFUSED"],
      log: [refusedLine(names[1] ?? ""), refusedLine(names[3] ?? ""), refusedLine("of.an.hour.ago")].join("\n"),
    };
    expect(judgeOutside([answered, half], names)).toEqual({
      kind: "some",
      text: "2 of 8 names were not answered (on dev-default-0 192.168.0.2 says REFUSED)",
    });
  });

  it("tell of a resolver that does not answer at all", () => {
    const log = `[ERROR] plugin/errors: 2 ${names[0] ?? ""}. A: read udp 172.17.0.2:39->10.1.1.1:53: i/o timeout`;
    const dead: ServerAnswer = { node: "dev-master-0", codes: names.map(() => "SERVFAIL"), log };
    expect(judgeOutside([dead], names)).toEqual({
      kind: "none",
      text: "4 of 4 names were not answered (on dev-master-0 10.1.1.1: i/o timeout)",
    });
  });

  it("tell the code alone where the log says nothing", () => {
    const silent: ServerAnswer = { node: "dev-master-0", codes: names.map(() => "REFUSED"), log: "" };
    expect(judgeOutside([silent], names)).toMatchObject({
      text: expect.stringContaining("on dev-master-0 REFUSED") as string,
    });
  });

  it("find their resolver by what the Corefile has CoreDNS say", () => {
    expect(corefile("cluster.local")).toContain('log . "{/forward/upstream} said {rcode} to {name} {type}"');
  });
});

describe("readiness", () => {
  const dns: DnsExpectation = {
    name: "kubernetes.default.svc.cluster.local",
    address: "10.0.0.1",
    namespace: "n",
    labels: "l",
  };
  const world = { zone: "registry.k8s.io", isClosed: false };
  const refused = (count: number) => Array.from({ length: 6 }, (_, index) => (index < count ? "REFUSED" : "NXDOMAIN"));
  async function seen(codes: readonly string[], outside: DnsExpectation["outside"]) {
    const told: string[] = [];
    const client = {
      askEach: () => Promise.resolve([{ node: "dev-master-0", codes, log: "" }]),
      resolve: () => Promise.resolve(["10.0.0.1"]),
    } as unknown as ClusterClient;
    expect(await dnsProblem(client, dns)).toBeUndefined();
    const teller = {
      tell: (_: string, text: string) => told.push(`told: ${text}`),
      warn: (text: string) => told.push(`warned: ${text}`),
    };
    const expectation = { ...dns, ...(outside === undefined ? {} : { outside }) };
    const names = new OutsideNames(client, expectation, teller, 5);
    return { problem: await names.problem(), told };
  }

  it("says at once which resolver fails now and then, waits for a while, and then no longer", async () => {
    let codes = refused(3);
    let minutes = 0;
    const client = {
      askEach: (names: readonly string[]) =>
        Promise.resolve([{ node: "dev-master-0", codes, log: refusedLine(names[0] ?? "") }]),
    } as unknown as ClusterClient;
    const warned: string[] = [];
    const teller = { tell: () => undefined, warn: (text: string) => warned.push(text) };
    const outside = new OutsideNames(client, { ...dns, outside: world }, teller, 5, () => minutes * 60_000);
    const at = async (minute: number) => {
      minutes = minute;
      return (await outside.problem())?.isFinal;
    };
    expect(await at(0)).toBe(false);
    codes = refused(2);
    expect(await at(4.9)).toBe(false);
    expect(await at(5)).toBe(true);
    expect(warned).toEqual([
      expect.stringMatching(/3 of 6 names .*on dev-master-0 192\.168\.0\.2 says REFUSED.*dnsServers.*in 5 minutes/),
    ]);
    // One that was well in between begins anew.
    codes = refused(0);
    expect(await at(6)).toBeUndefined();
    codes = refused(1);
    expect(await at(7)).toBe(false);
    expect(warned).toHaveLength(2);
  });

  it("is content once all are, which it tells", async () => {
    expect(await seen(refused(0), world)).toEqual({
      problem: undefined,
      told: ["told: cluster DNS answers for names from outside"],
    });
  });

  it("does not fail where none is, and warns unless machines get along without", async () => {
    const open = await seen(refused(6), world);
    expect(open.problem).toBeUndefined();
    expect(open.told).toEqual([
      expect.stringMatching(/^warned: Pods find no name from outside: .*REFUSED.*dnsServers/),
    ]);
    const closed = await seen(refused(6), { ...world, isClosed: true });
    expect(closed.problem).toBeUndefined();
    expect(closed.told).toEqual([expect.stringMatching(/^told: cluster DNS knows no names from outside/)]);
  });

  it("asks for none where there is no way outside", async () => {
    expect(await seen(refused(3), undefined)).toEqual({ problem: undefined, told: [] });
  });
});
