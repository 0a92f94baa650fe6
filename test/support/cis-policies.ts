/**
 * Section 5 of the CIS Kubernetes Benchmark 1.12 (cfg/cis-1.12/policies.yaml of kube-bench): manual checks of what runs in a cluster and who may do
 * what there. What the program makes of it is said; the rest is for whoever uses the cluster.
 */
export const policies: readonly { readonly id: string; readonly title: string; readonly here: string }[] = [
  {
    id: "5.1.1",
    title: "`cluster-admin` where needed",
    here: "bound by the program to `kovhernetes:administrators` alone, the group of its kubeconfig",
  },
  {
    id: "5.1.2–4, 8–13",
    title: "Few may read Secrets, make pods, use wildcards, grant rights",
    here: "the add-ons' roles have no wildcard and none of these rights, and the API server's own name has the kubelets' alone (5.1.10); further ones are yours. Nothing of it holds under `AlwaysAllow`",
  },
  {
    id: "5.1.5–6",
    title: "Accounts and their tokens where needed",
    here: "each add-on has an account of its own; the `default` accounts are as upstream makes them",
  },
  {
    id: "5.1.7",
    title: "Nobody is in `system:masters`",
    here: "one pair is, which stays in the stack's encrypted state ([decision 4](decisions/0004-break-glass-identity.md))",
  },
  {
    id: "5.2.1–12",
    title: "Pods are kept to a standard",
    here: "Pod Security Admission is on, as upstream sets it: by labels of a namespace, which are yours. flannel and the network policies' agent need the host's network, paths and `NET_ADMIN`; no add-on is privileged",
  },
  {
    id: "5.3.1–2",
    title: "NetworkPolicies",
    here: "enforced unless `addons: { networkPolicy: false }`; the policies are yours",
  },
  {
    id: "5.4.1–2, 5.5.1, 5.6.1, 3, 4",
    title: "Secrets as files or elsewhere, provenance of images, namespaces, security contexts",
    here: "yours",
  },
  { id: "5.6.2", title: "Pods have a seccomp profile", here: "by default, as 4.2.14" },
];
