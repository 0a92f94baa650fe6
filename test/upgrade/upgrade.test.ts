import { beforeAll, describe, expect, it } from "vitest";
import { minorOf, supportedMinors } from "../../components/model/release-table";
import { versions } from "../../lab/mirror/versions.ts";
import { findCloud } from "../../lab/openstack/cloud.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import { RunningCluster, testWorkload } from "../cluster/support.ts";

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly providerID: string };
  readonly status: {
    readonly nodeInfo: { readonly bootID: string; readonly kubeletVersion: string; readonly kubeProxyVersion: string };
  };
}

const earlier = versions.earlierKubernetes;
const later = versions.kubernetes[0];
const [was, is] = [earlier.slice(1), later.slice(1)];
/** A minor release beyond the later one, where the table has one: refused, since it would skip that. */
const beyond = supportedMinors[supportedMinors.indexOf(minorOf(is)) + 1];
const master = "lab-master-0";
const node = "lab-default-0";
const image = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;

const running = clusterForTests(() => {
  if (findCloud("lab") !== undefined) throw new Error("a lab runs, and may have later machines: `npm stop` first");
  return RunningCluster.start({ kubernetesVersion: earlier.slice(1) }, [...versions.kubernetes, earlier]);
});

async function nodes(): Promise<ReadonlyMap<string, NodeObject>> {
  const { items } = await running().json<{ items: NodeObject[] }>(["get", "nodes"]);
  return new Map(items.map((item) => [item.metadata.name, item]));
}

async function kubelets(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries([...(await nodes())].map(([name, { status }]) => [name, status.nodeInfo.kubeletVersion]));
}

async function server(): Promise<string> {
  return (await running().json<{ serverVersion: { gitVersion: string } }>(["version"])).serverVersion.gitVersion;
}

/** What the preview says of a release, whether it refuses it or not. */
async function previewOf(version: string): Promise<string> {
  await running().configure({ kubernetesVersion: version.replace(/^v/, "") });
  return running()
    .stack.run(["preview"])
    .catch((error: unknown) => (error as { readonly stdout: string }).stdout);
}

describe(`from ${earlier} to ${later}`, () => {
  beforeAll(async () => {
    const cluster = running();
    await cluster.kubectl(["create", "configmap", "survivor", "--from-literal=value=kept"]);
    await cluster.kubectl(["create", "secret", "generic", "survivor", "--from-literal=value=kept"]);
    await cluster.kubectl(["apply", "--validate=false", "-f", "-"], testWorkload("on-node", node, image));
    await cluster.kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
  });

  it("begins with the earlier release everywhere", async () => {
    expect([await server(), await kubelets()]).toEqual([earlier, { [master]: earlier, [node]: earlier }]);
  });

  it("leaves a cluster whose stack names no release at the one that it has", async () => {
    await running().configure({});
    await running().stack.run(["preview", "--expect-no-changes"]);
  });

  it.runIf(beyond !== undefined)("does not skip a minor release", async () => {
    const preview = await previewOf(`v${beyond}.0`);
    expect(preview).toContain("kubernetesVersion");
    expect(preview).toContain(`skips a minor release: the cluster has ${was}`);
  });

  it("is announced in words, machine by machine, the master first", async () => {
    const preview = await previewOf(later);
    const line = (name: string) =>
      preview.split("\n").findIndex((text) => {
        return text.includes(`${name} is replaced `) && text.includes(`kubernetesVersion was ${was}, is ${is}`);
      });
    expect(line(master)).toBeGreaterThan(-1);
    expect(line(node)).toBeGreaterThan(line(master));
  });

  describe("with a master that refuses what it downloads", () => {
    let output: string;
    let exitCode: number | undefined;

    beforeAll(async () => {
      const cluster = running();
      await cluster.configure({
        kubernetesVersion: later.slice(1),
        artifactChecksums: cluster.checksumsWith(`${later}/bin/linux/amd64/kube-apiserver`, "ab".repeat(32)),
      });
      ({ output, exitCode } = await cluster.upUntil(/lab-master-0: .*wrong checksum/));
    });

    it("stops there, and says why", () => {
      expect(output).toMatch(/lab-master-0: .*wrong checksum of \S+kube-apiserver/);
      expect(exitCode).not.toBe(0);
    });

    it("has not touched the node, where pods run on", async () => {
      expect(output).not.toContain(`${node}: cordoned`);
      const processes = await running().ssh(
        "node",
        "pgrep --list-full agnhost; /opt/kovhernetes/bin/kubelet --version",
      );
      expect(processes).toContain("netexec");
      expect(processes).toContain(`Kubernetes ${earlier}`);
    });
  });

  describe("once the cause is gone", () => {
    let before: string;
    let output: string;

    beforeAll(async () => {
      before = await running().ssh("node", "cat /proc/sys/kernel/random/boot_id");
      await running().configure({ kubernetesVersion: later.slice(1), master: { generation: 2 } });
      output = await running().up();
    });

    it("replaced the master, then the node, drained, and told for how long the API was down", () => {
      const order = [
        `${master}: the API answers again. It was down for`,
        `${node}: cordoned, draining`,
        `${node}: drained`,
        `${node}: the new machine is Ready`,
      ].map((line) => output.indexOf(line));
      expect(order).not.toContain(-1);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    });

    it("has the later release everywhere, on new machines", async () => {
      expect([await server(), await kubelets()]).toEqual([later, { [master]: later, [node]: later }]);
      expect((await nodes()).get(node)?.status.nodeInfo.bootID).not.toBe(before);
    });

    it("has every object that there was", async () => {
      const value = async (kind: string) =>
        running().kubectl(["get", kind, "survivor", "-o", "jsonpath={.data.value}"]);
      expect(await value("configmap")).toBe("kept");
      expect(Buffer.from(await value("secret"), "base64").toString()).toBe("kept");
    });

    it("runs what ran, with cluster DNS and services", async () => {
      const target = "on-node.default.svc.cluster.local:80";
      await running().eventually("the pod reaches its own service", 10, () =>
        running().kubectl(["exec", "on-node-0", "--", "/agnhost", "connect", "--timeout=10s", target]),
      );
    });

    it("leaves nothing to do", async () => {
      await running().stack.run(["preview", "--expect-no-changes"]);
    });

    it("does not go back", async () => {
      const preview = await previewOf(earlier);
      expect(preview).toContain("kubernetesVersion");
      expect(preview).toContain(`is older than the cluster's ${is}`);
    });
  });
});
