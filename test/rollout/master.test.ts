import { beforeAll, describe, expect, it } from "vitest";
import { versions } from "../../lab/mirror/versions.ts";
import { clusterForTests } from "../cluster/for-tests.ts";
import { testWorkload } from "../cluster/support.ts";

const image = `registry.k8s.io/e2e-test-images/agnhost:${versions.agnhost}`;

interface Seen {
  readonly bootId: string | undefined;
  readonly pod: { readonly uid: string; readonly restarts: number };
}

const running = clusterForTests();

/** What must not change on the node while the master is replaced. */
async function seenOnNode(): Promise<Seen> {
  const node = await running().json<{ status: { nodeInfo: { bootID: string } } }>(["get", "node", "lab-default-0"]);
  const pod = await running().json<{
    metadata: { uid: string };
    status: { containerStatuses: { restartCount: number }[] };
  }>(["get", "pod", "on-node-0"]);
  const restarts = pod.status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return { bootId: node.status.nodeInfo.bootID, pod: { uid: pod.metadata.uid, restarts } };
}

describe("a new master with other settings", () => {
  let before: Seen;
  let preview: string;
  let said: string;

  beforeAll(async () => {
    const cluster = running();
    await cluster.kubectl(["apply", "--validate=false", "-f", "-"], testWorkload("on-node", "lab-default-0", image));
    await cluster.kubectl(["rollout", "status", "statefulset/on-node", "--timeout=10m"]);
    await cluster.kubectl(["create", "configmap", "survivor", "--from-literal=value=kept"]);
    before = await seenOnNode();
    await cluster.configure({ authorization: "RBAC", localhostApi: true, master: { generation: 2 } });
    preview = await cluster.stack.run(["preview"]);
    said = await cluster.up();
  });

  it("was announced in words by the preview, and touches no node", () => {
    expect(preview).toContain("lab-master-0 is replaced by a new machine");
    expect(preview).not.toContain("lab-default-0 is replaced");
  });

  it("tells for how long the API was down", () => {
    expect(said).toMatch(/lab-master-0: the API answers again\. It was down for \d+ s\./);
  });

  it("had its old machine shut down before the volume was taken, so that the file system needs no recovery", async () => {
    expect(said).toContain("lab-master-0: shutting down");
    expect(await running().ssh("master", "dmesg | grep -F 'recovery complete' || true")).toBe("");
  });

  it("has its settings", async () => {
    expect(await running().ssh("master", "curl -s http://127.0.0.1:8080/version")).toContain(versions.kubernetes[0]);
  });

  it("has every object that there was: etcd's volume is the old one", async () => {
    expect(await running().kubectl(["get", "configmap", "survivor", "-o", "jsonpath={.data.value}"])).toBe("kept");
  });

  it("has left the node and its pods alone", async () => {
    expect(await seenOnNode()).toEqual(before);
  });
});
