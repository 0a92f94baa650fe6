import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { administratorCommands } from "../../lab/lib/closing-words.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { versions } from "../../lab/mirror/versions.ts";
import type { CertificateRow } from "../../commands/status/certificates.ts";
import type { DriftRow } from "../../commands/status/drift.ts";
import type { EtcdRow } from "../../commands/status/etcd.ts";
import type { NodeRow } from "../../commands/status/nodes.ts";
import type { Section, SectionState } from "../../commands/status/section.ts";
import { elementsOf, overlaps } from "../support/picture.ts";
import type { RunningCluster } from "./support.ts";

type Told<Row> = Section<Row> & { readonly state: SectionState };

/** What `status --json` prints. */
interface StatusReport {
  readonly state: "healthy" | "wrong" | "unknown";
  readonly nodes: Told<NodeRow>;
  readonly etcd: Told<EtcdRow>;
  readonly certificates: Told<CertificateRow>;
  readonly drift: Told<DriftRow>;
}

/** What an administrator asks of a running cluster from day to day. Nothing here changes it for longer than a test. */
export function statusTests(running: () => RunningCluster): void {
  const status = async (...options: readonly string[]) => {
    const { exitCode, stdout, stderr } = await running().administer("status", "--json", ...options);
    return { exitCode, stderr, report: (exitCode === 2 && stdout === "" ? {} : JSON.parse(stdout)) as StatusReport };
  };

  /** `status` with another configuration than the one that the cluster was made from. */
  const statusWith = async (changes: Readonly<Record<string, unknown>>, ...options: readonly string[]) => {
    const { stack } = running();
    const file = path.join(stack.directory, "changed.yaml");
    const { config, ...rest } = parse(fs.readFileSync(stack.configFile, "utf8")) as { config: Record<string, unknown> };
    const changed = Object.entries(changes).map(([key, value]): [string, unknown] => [`kovhernetes:${key}`, value]);
    fs.writeFileSync(file, stringify({ ...rest, config: { ...config, ...Object.fromEntries<unknown>(changed) } }));
    return status(`--config-file=${file}`, ...running().sshOptions(), ...options);
  };

  /**
   * What `status` says once nothing but what it is asked about is amiss: other tests may have left the API server with work to do, and the preview
   * that looks for drift takes processors from emulated machines.
   */
  const healthy = (ask: () => ReturnType<typeof status>) =>
    running().eventually("a healthy cluster", 5, async () => {
      const seen = await ask();
      if (seen.exitCode === 0) return seen;
      const { nodes, etcd, certificates, drift } = seen.report;
      throw new Error(
        [nodes, etcd, certificates, drift].flatMap(({ wrong, unknown }) => [...wrong, ...unknown]).join(),
      );
    });

  describe("`npm run status`", () => {
    it("says that the cluster is healthy: nodes, etcd, certificates, and no drift", async () => {
      const cluster = running();
      const { stderr, report } = await healthy(() => status(...cluster.sshOptions()));
      const { nodes, etcd, certificates, drift } = report;
      expect(report.state).toBe("healthy");
      expect(stderr).toContain("asking the API, etcd and 2 machines, and the cloud");
      const version = versions.kubernetes[0];
      expect(
        nodes.rows.map(({ name, role, address, publicAddress, state, kubelet }) => [
          name,
          role,
          address,
          publicAddress,
          state,
          kubelet,
        ]),
      ).toEqual(
        (["master", "node"] as const).map((role) => {
          const { name, address, publicAddress } = cluster.machine(role);
          return [name, role, address, publicAddress, "Ready", version];
        }),
      );
      expect(etcd.rows).toMatchObject([{ machine: cluster.machine("master").name, healthy: true, leader: true }]);
      const expiries = certificates.rows.map(({ expires }) => expires);
      expect(expiries).toEqual([...expiries].sort());
      expect(new Set(certificates.rows.map(({ holder }) => holder))).toEqual(
        new Set(["administrator", ...nodes.rows.map(({ name }) => name)]),
      );
      expect(drift.rows).toEqual([]);
    });

    it("says it in words as well, by the command that `npm start` ends with", async () => {
      const [command = ""] = administratorCommands(running().stack).filter((one) => one.includes("npm run status"));
      // As a user types it, in a shell that knows nothing of the lab.
      const { exitCode, stdout } = await execa(`${command} --no-drift`, {
        shell: true,
        cwd: repositoryRoot,
        reject: false,
      });
      expect(stdout.split("\n").at(-1)).toBe("lab is healthy.");
      expect(stdout).toContain("Drift between configuration and cloud: not asked");
      expect(exitCode).toBe(0);
    });

    it("tells of machines that wait for a generation, which is no fault", async () => {
      const { exitCode, report } = await healthy(() => statusWith({ flavor: "lab.master" }));
      expect([exitCode, report.drift.state]).toEqual([0, "ok"]);
      const { name } = running().machine("node");
      expect(report.drift.notes).toContainEqual(expect.stringContaining(`${name}: flavor lab.master (is lab.node)`));
    });

    it("warns of certificates that end within the time that the configuration says", async () => {
      const { exitCode, report } = await statusWith({ certificateEarlyRenewalHours: 366 * 24 }, "--no-drift");
      expect([exitCode, report.certificates.state, report.etcd.state]).toEqual([1, "wrong", "ok"]);
      expect(report.certificates.rows.filter(({ state }) => state === "near its end").length).toBeGreaterThan(10);
    });

    it("shows the other parts when the machines cannot be reached, and says why they cannot", async () => {
      const { exitCode, report } = await status("--no-drift", ...running().sshOptions("/dev/null"));
      expect([exitCode, report.state, report.nodes.state]).toEqual([2, "unknown", "ok"]);
      expect(report.etcd.unknown).toEqual([
        expect.stringMatching(/lab-master-0 cannot be asked: .*Permission denied/s),
      ]);
      expect(report.certificates.unknown).toHaveLength(2);
    });

    describe("while a kubelet is stopped", () => {
      beforeAll(() => running().ssh("node", "systemctl stop kubelet"));
      afterAll(async () => {
        await running().ssh("node", "systemctl start kubelet");
        await running().kubectl([
          "wait",
          "--for=condition=Ready",
          "--timeout=300s",
          `node/${running().machine("node").name}`,
        ]);
      });

      it("says which node is not Ready", async () => {
        const { name } = running().machine("node");
        const report = await running().eventually("the node is seen as not Ready", 5, async () => {
          const seen = await status("--no-drift", ...running().sshOptions());
          // Something else may be wrong before: an API server with work to do says that its etcd answers late.
          const isTold =
            seen.exitCode === 1 && seen.report.nodes.wrong.some((one) => one.includes(`${name} is not Ready`));
          return isTold ? seen.report : undefined;
        });
        expect(report.nodes.rows.map(({ state }) => state)).toEqual(["Ready", "NotReady"]);
        expect(report.etcd.state).toBe("ok");
      });
    });

    it("ends with 2 for a stack that there is not", async () => {
      const { exitCode, stderr, stdout } = await running().administer("status", "--stack", "nowhere");
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("no stack named 'nowhere'");
    });
  });

  describe("`npm run diagram`", () => {
    it("draws the cluster that there is, without overlaps", async () => {
      const cluster = running();
      const { exitCode, stdout, stderr } = await cluster.administer("diagram");
      expect([exitCode, stderr]).toEqual([0, ""]);
      expect(overlaps(`${stdout}\n`)).toEqual([]);
      const texts = elementsOf(stdout).map(({ text }) => text);
      const machines = (["master", "node"] as const).map((role) => cluster.machine(role));
      expect(texts).toEqual(
        expect.arrayContaining([
          ...machines.flatMap(({ name, address, publicAddress }) => [name, address, `${publicAddress} public`]),
          ...[
            "192.168.0.0/27",
            "pod network 172.17.0.0/16",
            "service network 10.0.0.0/16",
            cluster.cloud.addresses.linkCidr,
          ],
          ...["TCP 6443", "TCP 10250", "UDP 8472", "TCP 22", "TCP 2379–2380"],
        ]),
      );
    });
  });
}
