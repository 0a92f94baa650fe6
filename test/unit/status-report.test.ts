import * as net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { askApi } from "../../commands/status/api.ts";
import { driftSkipped } from "../../commands/status/drift.ts";
import { etcdSection } from "../../commands/status/etcd.ts";
import { guardSection } from "../../commands/status/guards.ts";
import { nodeSection } from "../../commands/status/nodes.ts";
import { statusJson, statusText } from "../../commands/status/report.ts";
import { exitCodeOf, stateOf } from "../../commands/status/section.ts";
import { askStatus, type Status } from "../../commands/status/status.ts";
import {
  apiUrl,
  certificate,
  etcdOutput,
  guardOutput,
  healthyNodes,
  machine,
  machines,
  now,
} from "../support/cluster-status.ts";

const etcd = (changes: Readonly<Record<string, string>> = {}) =>
  etcdSection({ answers: [{ machine: "dev-master-0", value: etcdOutput(changes) }], now, snapshotHours: 6 });

describe("the report", () => {
  const healthy: Status = {
    nodes: nodeSection(apiUrl, machines, { value: { version: "v1.36.3", notReady: [], nodes: healthyNodes } }),
    etcd: etcd({ snapshots: "snapshot-20261127T133000Z.db 2097184", "snapshots-since": "1" }),
    certificates: {
      ...{ wrong: [], unknown: [], notes: [] },
      rows: ["dev-master-0", "dev-default-0"].map((holder) => ({
        ...{
          holder,
          file: "/etc/kubernetes/pki/kubelet.crt",
          subject: `CN=system:node:${holder}`,
          issuer: "CN=authority",
        },
        ...{ expires: "2027-11-27T00:00:00.000Z", daysLeft: 364, state: "ok" as const },
      })),
    },
    guards: guardSection(machines.map(({ name }) => ({ machine: name, value: guardOutput() }))),
    drift: driftSkipped,
  };

  test("for people has a line for each node, and certificates that differ in their machine alone share one", () => {
    const text = statusText("dev", healthy, now);
    expect(text).toMatch(
      /^ok {2}dev-master-0 {3}master {2}192\.168\.0\.10 {2}203\.0\.113\.10 {2}Ready {2}v1\.36\.3 .* 1 +debian-13 {2}b3-8$/m,
    );
    expect(text).toMatch(/snapshot-20261127T133000Z\.db, 2 MiB, 1\.5 hours old$/m);
    expect(text).toMatch(
      /^ok {2}2027-11-27 {2}364 days {2}\/etc\/kubernetes\/pki\/kubelet\.crt {2}CN=authority {2}2 machines$/m,
    );
    expect(text).toContain("Drift between configuration and cloud: not asked");
    expect(text.split("\n").at(-1)).toBe("dev is healthy.");
  });

  test("for people ends with what is wrong, and tells apart what could not be asked", () => {
    const nodes = nodeSection(apiUrl, machines, { failure: "no answer in time" });
    const unknown = statusText("dev", { ...healthy, nodes }, now);
    expect(unknown).toContain(`Could not be asked:\n  the API at ${apiUrl}: no answer in time`);
    expect(unknown.split("\n").at(-1)).toContain("not everything could be asked");
    const wrong = statusText("dev", { ...healthy, nodes, etcd: etcd({ disk: "1000 50" }) }, now);
    expect(wrong).toMatch(/WRONG {2}dev-master-0/);
    expect(wrong.split("\n").slice(-2)).toEqual([
      "dev: 1 of what was looked at is wrong or near its end:",
      "  etcd on dev-master-0 has a disk that is nearly full",
    ]);
  });

  test("for programs has every section with its state", () => {
    const told = JSON.parse(statusJson("dev", healthy, now)) as Record<string, { state?: string; rows?: unknown[] }>;
    expect(told).toMatchObject({ stack: "dev", at: now.toISOString(), state: "healthy" });
    expect(
      ["nodes", "etcd", "certificates", "drift"].map((key) => [told[key]?.state, told[key]?.rows?.length]),
    ).toEqual([
      ["ok", 2],
      ["ok", 1],
      ["ok", 2],
      ["skipped", 0],
    ]);
  });
});

describe("a cluster that is not there", () => {
  const silent = net.createServer();
  /** Where nothing listens; port 1 is one that HTTP clients refuse by themselves. */
  let closed: number;
  let kubeconfig: (port: number) => string;

  beforeAll(async () => {
    const listening = async (server: net.Server): Promise<number> => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as net.AddressInfo).port;
    };
    await listening(silent);
    const other = net.createServer();
    closed = await listening(other);
    await new Promise((resolve) => other.close(resolve));
    const pem = await certificate("administrator", new Date(Date.now() + 86_400_000 * 300));
    const data = Buffer.from(pem).toString("base64");
    kubeconfig = (port) =>
      stringify({
        clusters: [
          { name: "dev", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": data } },
        ],
        users: [{ name: "administrator", user: { "client-certificate-data": data, "client-key-data": "" } }],
        contexts: [{ name: "dev", context: { cluster: "dev", user: "administrator" } }],
        "current-context": "dev",
      });
  });

  afterAll(() => silent.close());

  test("is given up when its time is over", async () => {
    const { port } = silent.address() as net.AddressInfo;
    await expect(askApi(kubeconfig(port), AbortSignal.timeout(500))).rejects.toThrow("no answer in time");
  });

  test("leaves every section with its reason, and the administrator's certificate told", async () => {
    const here = { ...machine("dev-master-0", "master", 10), ssh: "ssh debian@127.0.0.1" };
    const status = await askStatus({
      location: { stack: "dev", cwd: "/nonexistent" },
      outputs: { apiUrl: `https://127.0.0.1:${closed}`, kubeconfig: kubeconfig(closed), machines: [here] },
      access: { sshOptions: [`-oPort=${closed}`] },
      drift: true,
      ...{ warningHours: 720, snapshotHours: 6 },
      report: () => undefined,
    });
    const sections = [status.nodes, status.etcd, status.certificates, status.drift];
    expect(sections.map(stateOf)).toEqual(["unknown", "unknown", "unknown", "unknown"]);
    expect(sections.map(({ unknown }) => unknown.join())).toEqual([
      expect.stringContaining(`ECONNREFUSED 127.0.0.1:${closed}`),
      expect.stringMatching(/^dev-master-0 cannot be asked: .*--ssh-option/s),
      expect.stringMatching(/^dev-master-0 cannot be asked: .*--ssh-option/s),
      expect.stringContaining("pulumi cannot be started"),
    ]);
    expect(status.certificates.rows.map(({ holder }) => holder)).toEqual(["administrator"]);
    expect(exitCodeOf(sections)).toBe(2);
  });
});
