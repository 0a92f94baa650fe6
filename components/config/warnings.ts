import type { ClusterConfig } from "./model";

/** What is allowed but dangerous in a configuration, one sentence each. */
export function configurationWarnings(config: ClusterConfig): readonly string[] {
  const open = config.adminCidrs.filter((cidr) => cidr.endsWith("/0"));
  return [
    ...(open.length === 0
      ? []
      : [`adminCidrs holds ${open.join(", ")}: SSH and the Kubernetes API answer to the whole internet.`]),
    ...(config.kubernetes.authorization === "AlwaysAllow"
      ? [
          "authorization is AlwaysAllow: whoever is authenticated, every pod included, may do anything. RBAC restricts them.",
        ]
      : []),
    ...(config.masters.etcdVolume === undefined
      ? ["etcdVolume is off: when the master is replaced, everything in the cluster is lost."]
      : []),
  ];
}
