import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Machine } from "../../commands/shared/machine.ts";
import { listenerFindings, readListener } from "../../commands/verify/listeners.ts";
import { matrix, type Attempt, type Probe } from "../../commands/verify/matrix.ts";
import { verdict } from "../../commands/verify/outcome.ts";
import { probeScript, readReport, type MachineReport } from "../../commands/verify/remote.ts";
import { table } from "../../commands/verify/report.ts";
import { expiredPair, strangersPair, type MadePair } from "../../commands/verify/strangers.ts";
import { badTokens, resign } from "../../commands/verify/tokens.ts";
import type { Finding } from "../../commands/verify/finding.ts";

const machines: readonly Machine[] = [
  { name: "dev-master-0", role: "master", address: "192.168.0.10", ssh: "ssh debian@203.0.113.10" },
  { name: "dev-default-0", role: "node", address: "192.168.0.15", ssh: "ssh debian@203.0.113.15" },
];

const wrongWays: readonly Attempt[] = [
  "no certificate",
  "certificate of another authority",
  "certificate of a stranger's authority",
  "expired certificate",
  "server's certificate as client",
  "another host name",
  "in clear",
  "TLS 1.1",
  "TLS 1.2 without authenticated encryption",
];

describe("the matrix", () => {
  const probes = matrix({ machines, authorization: "RBAC", withExpired: true });

  test("has every pair of the specification's table, each by the right client", () => {
    const right = probes.filter(({ attempt }) => attempt === "right identity");
    expect(right.map(({ client, server }) => `${client} → ${server}`).sort()).toEqual([
      "etcd → etcd (peers)",
      "kube-apiserver → etcd",
      "kube-apiserver → kubelet of dev-default-0",
      "kube-apiserver → kubelet of dev-master-0",
      "kube-controller-manager → kube-apiserver",
      "kube-proxy of dev-default-0 → kube-apiserver",
      "kube-proxy of dev-master-0 → kube-apiserver",
      "kube-scheduler → kube-apiserver",
      "kubelet of dev-default-0 → kube-apiserver",
      "kubelet of dev-master-0 → kube-apiserver",
    ]);
    expect(right.every(({ expected }) => expected === "accepted")).toBe(true);
  });

  test("tries every server in every wrong way", () => {
    for (const server of [
      "kube-apiserver",
      "kubelet of dev-master-0",
      "kubelet of dev-default-0",
      "etcd",
      "etcd (peers)",
    ]) {
      const tried = probes.filter((probe) => probe.server === server && probe.expected === "refused");
      expect(tried.map(({ attempt }) => attempt)).toEqual(expect.arrayContaining([...wrongWays]));
    }
  });

  test("expects roles to count where authorization restricts them, and says that they do not under AlwaysAllow", () => {
    const expectations = (authorization: string) =>
      new Set(
        matrix({ machines, authorization, withExpired: false })
          .filter(({ attempt }) => attempt === "right certificate, wrong role")
          .map(({ expected }) => expected),
      );
    expect([...expectations("RBAC")]).toEqual(["refused"]);
    expect([...expectations("AlwaysAllow")]).toEqual(["accepted"]);
  });

  test("has each of several masters as a server and as a client, and every pair of members of etcd", () => {
    const masters = [0, 1, 2].map((ordinal): Machine => {
      return { name: `dev-master-${ordinal}`, role: "master", address: `192.168.0.1${ordinal}`, ssh: "ssh x" };
    });
    const node = machines.slice(1);
    const all = matrix({ machines: [...masters, ...node], authorization: "RBAC", withExpired: true });
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const right = all.filter(({ attempt }) => attempt === "right identity");
    const isTried = (from: string, url: string): boolean => right.some((one) => one.from === from && one.url === url);
    for (const master of masters) {
      for (const service of ["kube-apiserver", "etcd", "etcd (peers)"]) {
        const refused = all.filter(
          ({ server, expected }) => server === `${service} of ${master.name}` && expected === "refused",
        );
        expect(refused.map(({ attempt }) => attempt)).toEqual(expect.arrayContaining([...wrongWays]));
        expect(new Set(refused.map(({ from }) => from))).toEqual(new Set([master.name]));
      }
      for (const { address } of masters) expect(isTried(master.name, `https://${address}:2380/members`)).toBe(true);
      for (const { name } of [...masters, ...node]) {
        expect(isTried(name, `https://${master.address}:6443/version`)).toBe(true);
      }
      for (const { address } of [...masters, ...node]) {
        expect(isTried(master.name, `https://${address}:10250/healthz`)).toBe(true);
      }
    }
    const roles = all.filter(({ attempt }) => attempt === "right certificate, wrong role").map(({ server }) => server);
    for (const { name } of masters) expect(roles).toContain(`kube-apiserver (Secrets) of ${name}`);
  });

  test("names no attempt twice", () => {
    const ids = probes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a verdict", () => {
  test.each([
    [{ exitCode: 0, status: 200 }, "accepted"],
    [{ exitCode: 0, status: 401 }, "refused"],
    [{ exitCode: 0, status: 403 }, "refused"],
    [{ exitCode: 56, status: 0 }, "refused"],
    [{ exitCode: 60, status: 0 }, "refused"],
    // A server that is not there proves nothing, nor does a missing key, nor a redirect.
    [{ exitCode: 7, status: 0 }, "unreachable"],
    [{ exitCode: 28, status: 0 }, "unreachable"],
    [{ exitCode: 58, status: 0 }, "unreachable"],
    [{ exitCode: 0, status: 302 }, "unreachable"],
    [{ exitCode: 0, status: 500 }, "unreachable"],
  ] as const)("of %o is %s", (outcome, expected) => {
    expect(verdict(outcome)).toBe(expected);
  });
});

describe("a machine's sockets", () => {
  const listener = (line: string) => {
    const [protocol = "", ...fields] = line.split(" ");
    return readListener(protocol, fields);
  };
  const judged = (line: string, allowed: readonly string[] = []) =>
    listenerFindings({ name: "m" }, [listener(line)], allowed).map(({ holds, observed }) => [holds, observed]);

  test("are read as ss tells them", () => {
    expect(listener('udp 127.0.0.53%lo:53 users:(("systemd-resolve",pid=1,fd=16))')).toEqual({
      ...{ protocol: "udp", address: "127.0.0.53", port: 53, processes: ["systemd-resolve"], tried: [] },
    });
    expect(listener('tcp [::]:22 users:(("sshd",pid=7,fd=4),("systemd",pid=1,fd=50)) 35:000 0:401')).toEqual({
      ...{ protocol: "tcp", address: "::", port: 22, processes: ["sshd", "systemd"] },
      tried: [
        { exitCode: 35, status: 0 },
        { exitCode: 0, status: 401 },
      ],
    });
  });

  test.each([
    ["a known one that refuses", 'tcp *:10250 users:(("kubelet",pid=1,fd=3)) 0:401 0:401 0:400', true],
    ["a known one that takes anybody", 'tcp *:10250 users:(("kubelet",pid=1,fd=3)) 0:200 0:401 0:400', false],
    [
      "one of loopback that refuses",
      'tcp 127.0.0.1:10257 users:(("kube-controller",pid=1,fd=3)) 0:403 0:403 0:400',
      true,
    ],
    [
      "one of loopback that is elsewhere",
      'tcp 0.0.0.0:10257 users:(("kube-controller",pid=1,fd=3)) 0:403 0:403 0:400',
      false,
    ],
    ["a known port of another program", 'tcp *:10250 users:(("nc",pid=1,fd=3)) 35:000 35:000 52:000', false],
    ["a known program at another port", 'tcp *:10255 users:(("kubelet",pid=1,fd=3)) 0:401 0:401 0:400', false],
    ["an unknown one that takes datagrams", 'udp 0.0.0.0:111 users:(("rpcbind",pid=1,fd=3))', false],
    ["a kernel's own", "udp 0.0.0.0:8472 ", true],
    ["an unknown one of the kernel's", "udp 0.0.0.0:4789 ", false],
    ["a health check of a Service", 'tcp *:31000 users:(("kube-proxy",pid=1,fd=3)) 35:000 35:000 0:200', true],
  ])("hold or not: %s", (_, line, holds) => {
    expect(judged(line)).toEqual([[holds, expect.any(String)]]);
  });

  test("are not judged where they were named, and prove nothing where none was told", () => {
    expect(judged('tcp *:9100 users:(("node_exporter",pid=1,fd=3)) 0:200 0:200 0:200', ["tcp/9100"])).toEqual([]);
    expect(listenerFindings({ name: "m" }, [], [])).toMatchObject([{ holds: false }]);
  });
});

/** Real TLS servers, one that asks for certificates and one that takes anybody, tried by the script that runs on machines. */
describe("the script on a machine", () => {
  let folder: string;
  let made: Record<string, MadePair>;
  const servers: https.Server[] = [];

  const run = (script: string): Promise<MachineReport> =>
    new Promise((resolve, reject) => {
      const child = execFile("sh", ["-s"], (error, stdout) => {
        if (error === null) resolve(readReport(stdout));
        else reject(new Error("the script failed", { cause: error }));
      });
      child.stdin?.end(script);
    });

  const openssl = (...args: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      execFile("openssl", args, { cwd: folder }, (error) => {
        if (error === null) resolve();
        else reject(new Error(`openssl ${args.join(" ")}`, { cause: error }));
      });
    });

  /** What a client offers in the matrix when it speaks an old protocol, or an old suite. */
  const old = matrix({ machines, authorization: "RBAC", withExpired: false }).filter(
    ({ server, attempt, expected }) => server === "etcd" && attempt.startsWith("TLS") && expected === "refused",
  );

  async function serve(requestCert: boolean): Promise<string> {
    const read = (file: string): string => fs.readFileSync(path.join(folder, file), "utf8");
    const server = https.createServer(
      {
        key: read("server.key"),
        cert: read("server.crt"),
        ca: read("ca.crt"),
        requestCert,
        rejectUnauthorized: requestCert,
        ...(requestCert
          ? { ciphers: "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", minVersion: "TLSv1.2" }
          : { ciphers: "DEFAULT@SECLEVEL=0", minVersion: "TLSv1" }),
      },
      (_request, response) => response.end("ok"),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  }

  const attempts = (url: string): Probe[] => {
    const common = { client: "c", server: "s", from: "here", url, authority: path.join(folder, "ca.crt") };
    const probe = (id: Attempt, how: Partial<Probe>, expected: Probe["expected"]): Probe => ({
      ...common,
      ...how,
      id,
      attempt: id,
      expected,
    });
    return [
      probe("right identity", { identity: path.join(folder, "client") }, "accepted"),
      probe("no certificate", {}, "refused"),
      probe("certificate of a stranger's authority", { identity: "made:stranger" }, "refused"),
      probe("expired certificate", { identity: "made:expired" }, "refused"),
      probe(
        "another host name",
        { identity: path.join(folder, "client"), claimedHost: "elsewhere.invalid" },
        "refused",
      ),
      probe("in clear", { url: url.replace("https:", "http:") }, "refused"),
      probe("TLS 1.3", { identity: path.join(folder, "client"), offers: ["--tlsv1.3"] }, "accepted"),
      ...old.map(({ attempt, offers }) =>
        probe(attempt, { identity: path.join(folder, "client"), offers: offers ?? [] }, "refused"),
      ),
    ];
  };

  const failing = async (url: string): Promise<string[]> => {
    const probes = attempts(url);
    const { outcomes } = await run(probeScript(probes, made));
    const holds = ({ id, expected }: Probe): boolean => {
      const outcome = outcomes.get(id);
      return outcome !== undefined && verdict(outcome) === expected;
    };
    return probes.filter((probe) => !holds(probe)).map(({ id }) => id);
  };

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-verify-"));
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    await openssl("req", "-x509", ...key, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.crt");
    for (const [name, extension] of [
      ["server", "subjectAltName=IP:127.0.0.1"],
      ["client", "extendedKeyUsage=clientAuth"],
    ] as const) {
      const files = ["-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", `${name}.key`, "-out", `${name}.crt`];
      await openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-addext", extension, ...files);
    }
    const authority = {
      certificate: fs.readFileSync(path.join(folder, "ca.crt"), "utf8"),
      privateKey: fs.readFileSync(path.join(folder, "ca.key"), "utf8"),
    };
    made = { stranger: await strangersPair(), expired: await expiredPair(authority) };
  });

  afterAll(() => {
    for (const server of servers) server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("finds nothing wrong with a server that asks for certificates", async () => {
    expect(await failing(await serve(true))).toEqual([]);
  });

  test("finds every breach of a server that takes anybody, and any protocol", async () => {
    expect(await failing(await serve(false))).toEqual([
      "no certificate",
      "certificate of a stranger's authority",
      "expired certificate",
      "TLS 1.1",
      "TLS 1.2 without authenticated encryption",
    ]);
  });

  test("takes a server that is not there for a breach in every respect", async () => {
    const [server] = servers;
    expect(server).toBeDefined();
    expect(await failing("https://127.0.0.1:1/")).toHaveLength(9);
  });

  test("brings home the certificates that were shown, and leaves no key behind", async () => {
    const url = await serve(true);
    const { certificates } = await run(probeScript(attempts(url), made));
    expect(certificates.get(path.join(folder, "client"))).toBe(
      fs.readFileSync(path.join(folder, "client.crt"), "utf8"),
    );
    expect(certificates.get(new URL(url).host)).toContain("BEGIN CERTIFICATE");
    expect(fs.readdirSync("/run").filter((name) => name.startsWith("kovhernetes-verify"))).toEqual([]);
  });
});

describe("bad tokens", () => {
  const claims = (token: string): unknown => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "ES256", kid: "k" })}.${part({ iss: "https://kubernetes.default.svc.cluster.local", sub: "s" })}.c2ln`;

  test("differ from the good one in signature or claims", () => {
    const bad = badTokens(token, undefined);
    expect(Object.values(bad)).not.toContain(token);
    expect(claims(bad["forged token"] ?? "")).toEqual(claims(token));
    expect(claims(bad["token of another cluster"] ?? "")).toMatchObject({
      iss: expect.stringContaining("elsewhere") as string,
    });
  });

  test("include expired ones only where the cluster's own key signs them", async () => {
    const { privateKey } = await strangersPair();
    expect(Object.keys(badTokens(token, undefined))).not.toContain("expired token");
    expect(claims(badTokens(token, privateKey)["expired token"] ?? "")).toMatchObject({ sub: "s" });
    expect(resign(token, privateKey, { sub: "t" }).split(".")).toHaveLength(3);
  });
});

describe("the report", () => {
  const finding: Finding = {
    ...{ client: "kubelet", server: "kube-apiserver", from: "dev-default-0", attempt: "no certificate" },
    ...{ expected: "refused", observed: "refused (HTTP 401)", holds: true },
  };

  test("counts what holds, and names each breach with what it must be", () => {
    expect(table([finding])).toContain("All 1 attempts ended as they must.");
    const text = table([finding, { ...finding, observed: "accepted (HTTP 200)", holds: false }]);
    expect(text).toContain("1 of 2 attempts did not end as they must:");
    expect(text).toContain(
      "kubelet → kube-apiserver, no certificate, from dev-default-0: accepted (HTTP 200), must be refused",
    );
  });
});
