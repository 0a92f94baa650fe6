import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dnsPods } from "../../components/addons/coredns.ts";
import { plain, pretendCloud, runProgram } from "../support/mocks";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const { namespace } = dnsPods;
const replicas = ["coredns-1", "coredns-2"] as const;

interface Deployment {
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: object } };
}

/** With the real scheduler, and pods as the program's own Deployment makes them. */
describe("the pods of cluster DNS at a first boot", () => {
  let plane: ControlPlane | undefined;

  beforeAll(async () => {
    plane = await ControlPlane.start({});
    await plane.runComponent("kube-scheduler");
  });

  afterAll(() => plane?.stop());

  async function byHand(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = (await plane?.kubectl(breakGlass, ...args)) ?? { stdout: "", stderr: "" };
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  const create = async (object: object): Promise<string> =>
    byHand("create", "--validate=false", "-f", plane?.file("object.json", object) ?? "");

  /** A machine that has room and is Ready: its kubelet and the controller that takes the taints away do not run here. */
  async function addReady(name: string): Promise<void> {
    await create({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
    });
    const room = { cpu: "2", memory: "4Gi", pods: "110" };
    const status = { capacity: room, allocatable: room, conditions: [{ type: "Ready", status: "True" }] };
    await byHand("patch", `node/${name}`, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status }));
    await byHand("patch", `node/${name}`, "--type=merge", "-p", JSON.stringify({ spec: { taints: null } }));
  }

  /** Template of the pods where this number of machines takes them. */
  async function template(dnsPlaces: number): Promise<Deployment["spec"]["template"]> {
    await pretendCloud();
    const { CoreDns } = await import("../../components/addons/coredns.ts");
    const args = {
      clusterDomain: "cluster.local",
      dnsServiceAddress: "10.0.0.10",
      images: { coredns: "registry.example/coredns:1" },
      dnsPlaces,
    };
    const { resources } = await runProgram((options) => new CoreDns("dns", args, options));
    const deployment = resources.find(({ type }) => type.endsWith(":Deployment"));
    return (plain(deployment?.inputs) as Deployment).spec.template;
  }

  async function createPods({ metadata, spec }: Deployment["spec"]["template"], hash: string): Promise<void> {
    for (const replica of replicas) {
      const labels = { ...(metadata as { labels: object }).labels, "pod-template-hash": hash };
      const name = `${replica}-${hash}`;
      await create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels },
        spec: { ...spec, serviceAccountName: "coredns" },
      });
    }
  }

  /** Machines that the pods of a template were given to, once as many have one; sorted. */
  async function places(hash: string, count: number): Promise<readonly string[]> {
    for (let attempt = 0; ; attempt += 1) {
      const selector = `pod-template-hash=${hash}`;
      const found = (
        await byHand("get", "pods", "-n", namespace, "-l", selector, "-o", "jsonpath={.items[*].spec.nodeName}")
      )
        .split(" ")
        .filter((name) => name !== "")
        .sort();
      if (found.length >= count || attempt === 100) return found;
      await delay(200);
    }
  }

  it("come to a machine each though the master is Ready before any node", async () => {
    await create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } });
    await addReady("master");
    await createPods(await template(1), "earlier");
    expect(await places("earlier", 2)).toEqual(["master", "master"]);
    await createPods(await template(2), "now");
    expect(await places("now", 1)).toEqual(["master"]);
    const waiting = "--field-selector=spec.nodeName=";
    // The scheduler has looked at it, and said so.
    const reason = "jsonpath={.items[*].status.conditions[0].message}";
    let said = "";
    for (let attempt = 0; attempt < 100 && said === ""; attempt += 1) {
      said = await byHand("get", "pods", "-n", namespace, "-l", "pod-template-hash=now", waiting, "-o", reason);
      await delay(100);
    }
    expect(said).toContain("didn't match pod topology spread constraints");
    await addReady("node");
    expect(await places("now", 2)).toEqual(["master", "node"]);
  });
});
