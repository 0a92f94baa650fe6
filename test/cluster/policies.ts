import { expect, it } from "vitest";
import type { RunningCluster } from "./support.ts";

/** How an attempt to reach something from a pod ended: `open`, or agnhost's word for why not. */
async function attempt(cluster: RunningCluster, pod: string, target: string): Promise<string> {
  try {
    await cluster.kubectl(["exec", pod, "--", "/agnhost", "connect", "--timeout=5s", target]);
    return "open";
  } catch (error) {
    return /\b(TIMEOUT|REFUSED|DNS)\b/.exec(String(error))?.[0] ?? String(error);
  }
}

/** Of one pod of a test workload, in both directions. */
function policy(
  name: string,
  workload: string,
  rules: { readonly ingress: object[]; readonly egress: object[] },
): string {
  return JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name },
    spec: { podSelector: { matchLabels: { test: workload } }, policyTypes: ["Ingress", "Egress"], ...rules },
  });
}

/**
 * NetworkPolicies are enforced between machines: nothing passes by default, then what a label allows and cluster DNS, and nothing else.
 * @param pods names of two pods by the machine that they are on; `services` are those of the Services before them
 */
export function policyTests(
  running: () => RunningCluster,
  services: Readonly<Record<"master" | "node", string>>,
  pods: Readonly<Record<"master" | "node", string>>,
): void {
  it("enforces network policies: default deny, what a label allows, and cluster DNS", async () => {
    const cluster = running();
    const { status } = await cluster.json<{ status: { podIP: string } }>(["get", "pod", pods.node]);
    // Without the dot every domain of the search list would be asked for.
    const service = `${services.master}.default.svc.cluster.local.:80`;
    const see = async () => ({
      in: await attempt(cluster, pods.master, `${status.podIP}:8080`),
      out: await attempt(cluster, pods.node, service),
    });
    const become = (expected: Awaited<ReturnType<typeof see>>) =>
      cluster.eventually(JSON.stringify(expected), 2, async () => {
        const seen = await see();
        if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(JSON.stringify(seen));
        return seen;
      });
    const apply = (text: string) => cluster.kubectl(["apply", "--validate=false", "-f", "-"], text);
    try {
      await become({ in: "open", out: "open" });
      await apply(policy("deny", services.node, { ingress: [], egress: [] }));
      await become({ in: "TIMEOUT", out: "DNS" });
      const dns = {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
        podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
      };
      await apply(
        policy("allow", services.node, {
          ingress: [
            {
              from: [{ podSelector: { matchLabels: { test: services.master } } }],
              ports: [{ protocol: "TCP", port: 8080 }],
            },
          ],
          egress: [{ to: [dns], ports: [{ protocol: "UDP", port: 53 }] }],
        }),
      );
      // The name is found, and the way there is closed.
      await become({ in: "open", out: "TIMEOUT" });
    } finally {
      await cluster.kubectl(["delete", "networkpolicy", "deny", "allow", "--ignore-not-found"]);
    }
    expect(await become({ in: "open", out: "open" })).toBeDefined();
  });
}
