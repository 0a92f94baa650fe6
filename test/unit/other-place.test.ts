import { describe, expect, it } from "vitest";
import {
  hasOtherPlace,
  isClusterDns,
  isOpen,
  type PlaceForPods,
  type PlacedPod,
} from "../../components/rollout/other-place";

type Taint = NonNullable<NonNullable<PlaceForPods["spec"]>["taints"]>[number];

const dns: PlacedPod = {
  metadata: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  spec: { tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }] },
};
const node = (name: string, ...taints: Taint[]): PlaceForPods => ({ metadata: { name }, spec: { taints } });
const otherThan = (...nodes: PlaceForPods[]): boolean =>
  hasOtherPlace(dns, "dev-master-0", [node("dev-master-0"), ...nodes]);

describe("another place for a pod", () => {
  it("is none in a cluster of one machine, nor on nodes whose taints keep it away for good", () => {
    expect(otherThan()).toBe(false);
    expect(otherThan(node("dev-gpu-0", { key: "gpu", value: "yes", effect: "NoSchedule" }))).toBe(false);
    expect(otherThan(node("dev-gpu-0", { key: "gpu", effect: "NoExecute" }))).toBe(false);
  });

  it("is any other node, one that is cordoned or not Ready too: that passes", () => {
    expect(otherThan(node("dev-web-0"))).toBe(true);
    expect(otherThan(node("dev-web-0", { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }))).toBe(true);
    expect(otherThan(node("dev-web-0", { key: "node.kubernetes.io/not-ready", effect: "NoExecute" }))).toBe(true);
    expect(otherThan(node("dev-web-0", { key: "gpu", effect: "PreferNoSchedule" }))).toBe(true);
    expect(otherThan(node("dev-web-0", { key: "CriticalAddonsOnly", effect: "NoSchedule" }))).toBe(true);
  });

  it("is open while it is Ready and not cordoned", () => {
    const seen = (status: string, unschedulable = false): PlaceForPods => ({
      ...{ spec: { unschedulable }, status: { conditions: [{ type: "Ready", status }] } },
    });
    expect([seen("True"), seen("True", true), seen("Unknown"), seen("False"), {}].map(isOpen)).toEqual([
      ...[true, false, false, false, false],
    ]);
  });

  it("is what its tolerations say, by key, value and effect", () => {
    const pod = (toleration: object): PlacedPod => ({ spec: { tolerations: [toleration] } });
    const nodes = [node("a", { key: "gpu", value: "yes", effect: "NoSchedule" })];
    expect(hasOtherPlace(pod({ operator: "Exists" }), "b", nodes)).toBe(true);
    expect(hasOtherPlace(pod({ key: "gpu", value: "yes" }), "b", nodes)).toBe(true);
    expect(hasOtherPlace(pod({ key: "gpu", value: "no" }), "b", nodes)).toBe(false);
    expect(hasOtherPlace(pod({ key: "gpu", operator: "Exists", effect: "NoExecute" }), "b", nodes)).toBe(false);
  });

  it("is asked for the cluster's own DNS alone: budgets of others are theirs", () => {
    expect(isClusterDns(dns)).toBe(true);
    expect(isClusterDns({ metadata: { namespace: "default", labels: { "k8s-app": "kube-dns" } } })).toBe(false);
    expect(isClusterDns({ metadata: { namespace: "kube-system", labels: { "k8s-app": "other" } } })).toBe(false);
  });
});
