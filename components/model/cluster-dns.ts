/** Where the pods of the cluster's own DNS are, and how they are known. */
export const clusterDns = { namespace: "kube-system", label: "k8s-app", value: "kube-dns" } as const;
