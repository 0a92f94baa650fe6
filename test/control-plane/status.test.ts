import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubernetesOfSuites } from "../../lab/mirror/components.ts";
import { versions } from "../../lab/mirror/versions.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { askApi } from "../../commands/status/api.ts";
import { certificateSection } from "../../commands/status/certificates.ts";
import { etcdSection } from "../../commands/status/etcd.ts";
import { nodeSection } from "../../commands/status/nodes.ts";
import { stateOf } from "../../commands/status/section.ts";
import { certificate, machine } from "../support/cluster-status.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const machines = [machine("ready", "node", 15), machine("silent", "node", 16)];

let plane: ControlPlane;
let stop: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  plane = await ControlPlane.start({});
  stop = () => plane.stop();
});

afterAll(() => stop());

/** What a script of `status/` prints on the master, with changes of its text. */
function ask(script: string, change: (text: string) => string = (text) => text): Promise<string> {
  return plane.runScript(change(fs.readFileSync(path.join(repositoryRoot, "commands/status", script), "utf8")));
}

describe("what `status` asks of the API", () => {
  it("is its version, whether it is ready, and every node", async () => {
    for (const { name } of machines) {
      const file = plane.file("node.json", { apiVersion: "v1", kind: "Node", metadata: { name } });
      expect((await plane.kubectl(breakGlass, "create", "--validate=false", "-f", file)).stderr).toBe("");
    }
    const status = {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: { kubeletVersion: kubernetesOfSuites(), containerRuntimeVersion: "containerd://2" },
    };
    const patch = JSON.stringify({ status });
    const patched = await plane.kubectl(
      breakGlass,
      "patch",
      "node/ready",
      "--subresource=status",
      "--type=merge",
      "-p",
      patch,
    );
    expect(patched.stderr).toBe("");

    const value = await askApi(await plane.administrator(), AbortSignal.timeout(60_000));
    expect([value.version, value.notReady]).toEqual([kubernetesOfSuites(), []]);
    const { rows, wrong } = nodeSection("", machines, { value });
    expect(rows.map(({ name, state, kubelet }) => [name, state, kubelet])).toEqual([
      ["ready", "Ready", kubernetesOfSuites()],
      ["silent", "NotReady", "unknown"],
    ]);
    expect(wrong).toEqual(["silent is not Ready: its kubelet has not reported"]);
  });
});

describe("what `status` asks of a master", () => {
  const section = (value: string) =>
    etcdSection({ answers: [{ machine: "dev-master-0", value }], now: new Date(), snapshotHours: 6 });

  // The timer of snapshots is among the files here, and no systemd.
  it("is etcd's health and figures, by its own health client", async () => {
    const seen = section(await ask("etcd.sh"));
    expect(seen.rows).toEqual([
      {
        ...{
          machine: "dev-master-0",
          healthy: true,
          version: versions.etcd.slice(1),
          leader: true,
          quotaBytes: 4 * 1024 ** 3,
        },
        databaseBytes: expect.any(Number) as number,
        diskBytes: expect.any(Number) as number,
        diskFreeBytes: expect.any(Number) as number,
        ...{ newestSnapshot: undefined, wrong: [] },
      },
    ]);
    expect(seen.rows[0]?.databaseBytes).toBeGreaterThan(10_000);
  });

  it("is told as wrong when etcd does not answer, or not to this client", async () => {
    const elsewhere = await ask("etcd.sh", (text) => text.replace(":2379", ":1"));
    expect(section(elsewhere).wrong).toEqual([expect.stringMatching(/is not healthy: curl: \(7\)/)]);
    const stranger = await ask("etcd.sh", (text) =>
      text.replaceAll("$pki/health-client", "/etc/kubernetes/pki/kubelet"),
    );
    expect(section(stranger).wrong).toEqual([expect.stringMatching(/is not healthy: curl: \(\d+\)/)]);
  });

  it("is the newest snapshot by its name", async () => {
    const etcdctl =
      "/opt/kovhernetes/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/pki/ca.crt " +
      "--cert=/etc/etcd/pki/health-client.crt --key=/etc/etcd/pki/health-client.key";
    const folder = "/var/lib/etcd/snapshots";
    await plane.runScript(
      `mkdir ${folder}/ && ${etcdctl} snapshot save ${folder}/snapshot-20261127T145800Z.db 2>&1
       touch ${folder}/snapshot-20261126T145800Z.db ${folder}/snapshot-20261127T145800Z.encryption-config.yaml`,
    );
    const [row] = section(await ask("etcd.sh")).rows;
    expect(row?.newestSnapshot).toMatchObject({ file: "snapshot-20261127T145800Z.db", at: "2026-11-27T14:58:00Z" });
    expect(row?.newestSnapshot?.bytes).toBeGreaterThan(10_000);
  });

  it("is every certificate of its components, and no key", async () => {
    const output = await ask("certificates.sh");
    const seen = certificateSection({
      answers: [{ machine: "dev-master-0", value: output }],
      administrator: await certificate("administrator", new Date(Date.now() + 365 * 86_400_000)),
      now: new Date(),
      warningHours: 0,
    });
    const files = seen.rows.map(({ file }) => path.basename(file, ".crt"));
    expect(files).toEqual(
      expect.arrayContaining([
        "apiserver",
        "kubelet",
        "kubelet-server",
        "kube-proxy",
        "server",
        "peer",
        "health-client",
        "ca",
      ]),
    );
    expect(stateOf(seen)).toBe("ok");
    const told = output.split("\n").map((line) => Buffer.from(line.split("\t")[2] ?? "", "base64").toString("utf8"));
    expect(told.filter((text) => !/^(-----BEGIN CERTIFICATE-----|$)/.test(text) || text.includes("KEY"))).toEqual([]);
  });
});
