/** Labels outside upstream's own namespaces that a kubelet may give its node, and those inside them: see {@link isNodeLabelAllowed}. */
const kubeletLabels: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);

/**
 * Whether a kubelet starts with this key under `--node-labels`: any key outside `kubernetes.io` and `k8s.io`, and few inside.
 * Upstream: `IsKubeletLabel` in k8s.io/kubelet/pkg/apis/well_known_labels.go.
 */
export function isNodeLabelAllowed(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return true;
  const namespace = key.slice(0, slash);
  const within = (parent: string): boolean => namespace === parent || namespace.endsWith(`.${parent}`);
  if (!within("kubernetes.io") && !within("k8s.io")) return true;
  return kubeletLabels.has(key) || within("kubelet.kubernetes.io") || within("node.kubernetes.io");
}
