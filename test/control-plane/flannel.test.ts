import * as https from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plain, pretendCloud, runProgram } from "../support/mocks";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const namespace = "kube-flannel";
const nodes = ["its-own", "another"] as const;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** With the objects that the program makes for it, and tokens of pods as the kubelet asks for them. */
describe("flannel's ServiceAccount, under RBAC", () => {
  let plane: ControlPlane | undefined;
  let token: string;

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
    for (const manifest of await manifests()) await create(manifest);
    for (const name of nodes) await create({ apiVersion: "v1", kind: "Node", metadata: { name } });
    const containers = [{ name: "flannel", image: "registry.example/flannel:1" }];
    const spec = { nodeName: nodes[0], serviceAccountName: "flannel", automountServiceAccountToken: false, containers };
    await create({ apiVersion: "v1", kind: "Pod", metadata: { name: "flannel", namespace }, spec });
    token = await issued("--bound-object-kind=Pod", "--bound-object-name=flannel");
  });

  afterAll(() => plane?.stop());

  function running(): ControlPlane {
    if (plane === undefined) throw new Error("no control plane runs");
    return plane;
  }

  /** What the component registers, but for the DaemonSet: pods of it are made here. */
  async function manifests(): Promise<object[]> {
    await pretendCloud();
    const { Flannel } = await import("../../components/addons/flannel.ts");
    const images = { flannel: "registry.example/flannel:1", flannelCni: "registry.example/cni:1" };
    const args = { podCidr: "10.244.0.0/16", apiAddress: "192.168.0.10", images };
    const { resources } = await runProgram((options) => new Flannel("flannel", args, options));
    return resources
      .filter(({ type }) => /^kubernetes:/.test(type) && !type.endsWith(":DaemonSet"))
      .map(({ inputs }) => plain(inputs) as object);
  }

  async function byHand(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await running().kubectl(breakGlass, ...args);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  const create = (object: object): Promise<string> =>
    byHand("create", "--validate=false", "-f", running().file("object.json", object));

  const issued = (...bound: readonly string[]): Promise<string> =>
    byHand("create", "token", "flannel", "-n", namespace, ...bound);

  /** A change as flannel makes it: a strategic merge patch of the status, which takes metadata as well. */
  function patch(node: string, metadata: object, bearer = token): Promise<Answer> {
    const headers = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/strategic-merge-patch+json" };
    const ca = running().issued.authorities.kubernetes.pair.certificate;
    const url = `${running().apiUrl}/api/v1/nodes/${node}/status`;
    return new Promise((resolve, reject) => {
      const request = https.request(url, { method: "PATCH", headers, ca }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      request.on("error", reject);
      request.end(
        JSON.stringify({ metadata, status: { conditions: [{ type: "NetworkUnavailable", status: "False" }] } }),
      );
    });
  }

  const annotations = { "flannel.alpha.coreos.com/public-ip": "192.168.0.66" };
  const refused = (words: string) => ({ status: 403, text: expect.stringContaining(words) as string });

  it("says where the node that its pod runs on is reached", async () => {
    expect(await patch(nodes[0], { annotations })).toMatchObject({ status: 200 });
    expect(await byHand("get", "node", nodes[0], "-o", "yaml")).toContain("192.168.0.66");
  });

  it("cannot say so of another node, nor with a token that no pod has", async () => {
    // The API server takes a moment to learn of a new policy.
    await expect
      .poll(() => patch(nodes[1], { annotations: { at: "once" } }), { timeout: 30_000 })
      .toEqual(refused("a pod on node 'its-own' may not change node 'another'"));
    expect(await patch(nodes[1], { annotations })).toMatchObject({ status: 403 });
    expect(await byHand("get", "node", nodes[1], "-o", "yaml")).not.toContain("192.168.0.66");
    expect(await patch(nodes[0], { annotations }, await issued())).toEqual(
      refused("a pod on node '' may not change node 'its-own'"),
    );
  });

  it("cannot change which pods come to its own node", async () => {
    const labels = { "node-restriction.kubernetes.io/trusted": "yes" };
    expect(await patch(nodes[0], { labels })).toEqual(refused("labels of nodes are not this account's to change"));
    expect(await patch(nodes[0], { annotations })).toMatchObject({ status: 200 });
  });

  it("is the only one whom the policy concerns, and the policy fits what nodes are", async () => {
    await byHand("label", "node", nodes[1], "colour=blue");
    await byHand(
      "patch",
      "node",
      nodes[1],
      "--subresource=status",
      "--type=merge",
      "-p",
      '{"metadata":{"annotations":{}}}',
    );
    await running().runControllers("validatingadmissionpolicy-status-controller");
    const checked = (): Promise<string> =>
      byHand("get", "validatingadmissionpolicy", "-o", "jsonpath={.items[*].status}");
    await expect.poll(checked, { timeout: 60_000, interval: 500 }).toMatch(/"observedGeneration":1/);
    expect(JSON.parse(await checked())).toEqual({ observedGeneration: 1, typeChecking: {} });
  });
});
