import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { versions } from "../../lab/mirror/versions.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import type { RunningCluster } from "../cluster/support.ts";

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly providerID: string };
  readonly status: { readonly nodeInfo: { readonly bootID: string } };
}

const wrongChecksum = "ab".repeat(32);

const image = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;

const running = clusterForTests();

/** A node more, with a mistake; nodes replaced one after another; a node less: with a service that must not stop answering. */
describe("nodes that come, change and go", () => {
  const nodes = async (): Promise<ReadonlyMap<string, NodeObject>> => {
    const { items } = await running().json<{ items: NodeObject[] }>(["get", "nodes"]);
    return new Map(items.map((node) => [node.metadata.name, node]));
  };
  const bootOf = async (name: string): Promise<string | undefined> => (await nodes()).get(name)?.status.nodeInfo.bootID;

  describe("a node more, whose release file has a wrong checksum", () => {
    let output: string;
    let exitCode: number | undefined;

    beforeAll(async () => {
      const cluster = running();
      await cluster.configure({
        nodes: 2,
        artifactChecksums: cluster.checksumsWith("/runc.", wrongChecksum),
      });
      ({ output, exitCode } = await cluster.upUntil(/lab-default-1: .*wrong checksum/));
    });

    it("is refused by the machine, and `up` says so in the machine's words", () => {
      expect(output).toMatch(
        /warning: lab-default-1: .*wrong checksum of \S+runc\S*: SHA-256 is [0-9a-f]{64}, expected (ab){32}/,
      );
      expect(exitCode).not.toBe(0);
    });

    it("does not run what it refused", async () => {
      expect([...(await nodes()).keys()].sort()).toEqual(["lab-default-0", "lab-master-0"]);
    });
  });

  describe("nodes, replaced while a service has clients", () => {
    let before: ReadonlyMap<string, NodeObject>;
    let after: ReadonlyMap<string, NodeObject>;
    let output: string;
    let clients: Clients;

    beforeAll(async () => {
      const cluster = running();
      await cluster.kubectl(["apply", "--validate=false", "-f", "-"], twoReplicas());
      await cluster.kubectl(["rollout", "status", "deployment/steady", "--timeout=10m"]);
      before = await nodes();
      clients = await Clients.start(cluster, "steady");
      await cluster.configure({ nodes: 2, nodePools: { default: { generation: 2 } } });
      output = await cluster.up();
      after = await nodes();
    });

    afterAll(() => clients.stop());

    it("were drained first, one after the other, each once the one before was Ready", () => {
      const order = [
        "lab-default-0: cordoned, draining",
        "lab-default-0: drained",
        "lab-default-0: the new machine is Ready",
      ];
      const places = [...order, "lab-default-1: the new machine is Ready"].map((line) => output.indexOf(line));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places).not.toContain(-1);
    });

    it("are new machines of the same names, that of the failed attempt included, and the master is the one that it was", () => {
      expect([...after.keys()].sort()).toEqual(["lab-default-0", "lab-default-1", "lab-master-0"]);
      const id = (seen: ReadonlyMap<string, NodeObject>, name: string) => seen.get(name)?.spec.providerID;
      expect(id(after, "lab-default-0")).not.toBe(id(before, "lab-default-0"));
      expect(after.get("lab-master-0")?.status.nodeInfo.bootID).toBe(
        before.get("lab-master-0")?.status.nodeInfo.bootID,
      );
    });

    it("did not cost a request", async () => {
      const { sent, failed } = await clients.count();
      expect(sent).toBeGreaterThan(300);
      expect(failed).toEqual([]);
    });

    it("leave nothing to do", async () => {
      expect(await running().stack.run(["preview", "--expect-no-changes"])).not.toContain("is replaced");
    });
  });

  describe("a node less", () => {
    let clients: Clients;
    let boot: string | undefined;
    let output: string;
    let preview: string;

    beforeAll(async () => {
      const cluster = running();
      boot = await bootOf("lab-default-0");
      clients = await Clients.start(cluster, "steady");
      await cluster.configure({ nodes: 1, nodePools: { default: { generation: 2 } } });
      preview = await cluster.stack.run(["preview"]);
      output = await cluster.up();
    });

    afterAll(async () => {
      await clients.stop();
      await running().kubectl(["delete", "deployment/steady", "service/steady", "poddisruptionbudget/steady"]);
    });

    it("is announced by name, and drained before its server goes", () => {
      expect(preview).toMatch(/Removed for good, drained first, .*: lab-default-1\./);
      expect(output).toContain("lab-default-1: drained");
      expect(output.indexOf("lab-default-1: drained")).toBeLessThan(output.search(/Instance lab-default-1 delet/));
    });

    it("is gone with its node object, and no other machine was touched", async () => {
      expect([...(await nodes()).keys()].sort()).toEqual(["lab-default-0", "lab-master-0"]);
      expect(await bootOf("lab-default-0")).toBe(boot);
      const servers = await running().openstack("server", "list", "-f", "value", "-c", "Name");
      expect(servers.split("\n").sort()).toEqual(["lab-default-0", "lab-master-0"]);
    });

    it("did not cost a request", async () => {
      const { sent, failed } = await clients.count();
      expect(sent).toBeGreaterThan(20);
      expect(failed).toEqual([]);
    });
  });
});

/** Clients on the master that ask a service without end, and remember when they were not answered. */
class Clients {
  private constructor(
    private readonly cluster: RunningCluster,
    private readonly folder: string,
  ) {}

  static async start(cluster: RunningCluster, service: string): Promise<Clients> {
    const { spec } = await cluster.json<{ spec: { clusterIP: string } }>(["get", "service", service]);
    const folder = `/run/kovhernetes-test-clients-${String(Date.now())}`;
    const ask = `curl -s -o /dev/null -m 15 http://${spec.clusterIP}/hostname`;
    await cluster.ssh(
      "master",
      `mkdir ${folder} && cd ${folder} && touch sent failed run && (setsid sh -c '
        while [ -e run ]; do
          if ${ask}; then echo >>sent; else date +%T >>failed; fi
          sleep 0.5
        done' >/dev/null 2>&1 &)`,
    );
    return new Clients(cluster, folder);
  }

  async count(): Promise<{ sent: number; failed: string[] }> {
    const sent = await this.cluster.ssh("master", `wc -l <${this.folder}/sent`);
    const failed = await this.cluster.ssh("master", `cat ${this.folder}/failed`);
    return { sent: Number(sent), failed: failed.split("\n").filter(Boolean) };
  }

  async stop(): Promise<void> {
    await this.cluster.ssh("master", `rm -f ${this.folder}/run`);
  }
}

/** A service of two pods on two machines, one of which must be there. Its pods answer a while after they were told to end, as those of any service must. */
function twoReplicas(): string {
  const labels = { app: "steady" };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "steady" },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              affinity: {
                podAntiAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
                  ],
                },
              },
              terminationGracePeriodSeconds: 75,
              containers: [
                {
                  name: "agnhost",
                  image,
                  args: ["netexec", "--http-port=8080", "--delay-shutdown=45"],
                  // Patient: an emulated machine may be too busy to probe, which says nothing of a drain.
                  readinessProbe: {
                    httpGet: { path: "/healthz", port: 8080 },
                    timeoutSeconds: 30,
                    failureThreshold: 10,
                  },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "steady" },
        spec: { minAvailable: 1, selector: { matchLabels: labels } },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "steady" },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ],
  });
}
