import { downloadWarnings } from "./downloads";
import { givenAddressWarnings } from "./given-addresses";
import type { ClusterConfig } from "../model/cluster";

/** Prefix length below which a network is no one's own: two of a /1 are the whole internet as well. */
const shortestPrefix = 8;

/** The networks that are, or add up to, large parts of the internet. */
export function worldCidrs(cidrs: readonly string[]): readonly string[] {
  return cidrs.filter((cidr) => Number(cidr.split("/")[1]) < shortestPrefix);
}

/** What is allowed but dangerous in a configuration, one sentence each. */
export function configurationWarnings(config: ClusterConfig): readonly string[] {
  const open = worldCidrs(config.adminCidrs);
  return [
    ...(open.length === 0
      ? []
      : [`adminCidrs holds ${open.join(", ")}: SSH and the Kubernetes API answer to the whole internet.`]),
    ...(config.kubernetes.authorization.mode === "AlwaysAllow"
      ? [
          "authorization is AlwaysAllow: whoever is authenticated, every pod included, may do anything. RBAC restricts them.",
        ]
      : []),
    ...(config.kubernetes.localhostApi
      ? ["localhostApi is on: every process of the master, and every host-network pod there, is an administrator."]
      : []),
    ...(config.masters.etcdVolume === undefined
      ? ["etcdVolume is off: when the master is replaced, everything in the cluster is lost."]
      : []),
    ...givenAddressWarnings(config),
    ...downloadWarnings(config),
  ];
}
