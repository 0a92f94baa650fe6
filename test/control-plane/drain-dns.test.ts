import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drain } from "../../components/rollout/drain.ts";
import { drainingClient } from "../../components/rollout/draining-client.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
let plane: ControlPlane;
let stop: () => Promise<void> = () => Promise.resolve();

async function make(object: object): Promise<void> {
  const file = plane.file("object.json", object);
  const { stderr, exitCode } = await plane.kubectl(breakGlass, "create", "--validate=false", "-f", file);
  expect(exitCode, stderr).toBe(0);
}
const pod = (namespace: string, name: string, labels: object) =>
  make({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels } },
    spec: { nodeName: "only", containers: [{ name: "one", image: "one" }], automountServiceAccountToken: false },
  });
/** A budget that allows nothing now, as one of which the last pod is left. */
const budget = (namespace: string, labels: object) =>
  make({
    ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "budget", namespace } },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  });

beforeAll(async () => {
  plane = await ControlPlane.start({});
  stop = () => plane.stop();
  await make({ apiVersion: "v1", kind: "Node", metadata: { name: "only" } });
  // The controller that makes it does not run here.
  await make({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "kube-system" } });
  await budget("kube-system", { "k8s-app": "kube-dns" });
  await pod("kube-system", "coredns-1", { "k8s-app": "kube-dns" });
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  const patch = ["-n", "kube-system", "patch", "pod/coredns-1", "--subresource=status", "--type=merge"];
  const { stderr, exitCode } = await plane.kubectl(breakGlass, ...patch, "-p", JSON.stringify({ status }));
  expect(exitCode, stderr).toBe(0);
});
afterAll(() => stop());

describe("the drain of the only machine", () => {
  const args = { minutes: 0.05, report: () => undefined };

  it("leaves cluster DNS on it while it is the only place, and not where there is another", async () => {
    const cluster = await drainingClient(await plane.administrator());
    expect(await cluster.pods("only")).toMatchObject([{ name: "coredns-1", stays: true }]);
    await make({ apiVersion: "v1", kind: "Node", metadata: { name: "other" } });
    // One that is not Ready may become so, or be lost for ever: the drain waits for it to the end of its time.
    expect(await cluster.pods("only")).toMatchObject([
      {
        name: "coredns-1",
        stays: false,
        lastResort: expect.stringMatching(/no other .* became Ready in time/) as string,
      },
    ]);
    const ready = JSON.stringify({ status: { conditions: [{ type: "Ready", status: "True" }] } });
    await plane.kubectl(breakGlass, "patch", "node/other", "--subresource=status", "--type=merge", "-p", ready);
    const [dns] = await cluster.pods("only");
    expect(dns).toMatchObject({ name: "coredns-1", stays: false });
    expect(dns).not.toHaveProperty("lastResort");
    const { refused } = dns === undefined ? {} : await cluster.evict(dns);
    expect(refused).toMatch(/disruption budget/);
    // The same budget would hold up the drain for ever, as that of a pod of one's own does.
    await expect(drain(cluster, "only", args)).rejects.toThrow(/kube-system\/coredns-1: .*disruption budget/);
    await plane.kubectl(breakGlass, "delete", "node/other");
    expect(await drain(cluster, "only", args)).toBe(true);
  });
});
