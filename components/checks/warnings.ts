import { downloadWarnings } from "./downloads";
import { givenAddressWarnings } from "./given-addresses";
import type { ClusterConfig } from "../model/cluster";
import type { RecordedMachine } from "../model/recorded";
import { stayingMachines } from "../plan/made-with";
import type { MachinePlan } from "../plan/machines";
import { runningWarnings } from "./running";

/** Prefix length below which a network is no one's own: two of a /1 are the whole internet as well. */
const shortestPrefix = 8;

/** The networks that are, or add up to, large parts of the internet. */
export function worldCidrs(cidrs: readonly string[]): readonly string[] {
  return cidrs.filter((cidr) => Number(cidr.split("/")[1]) < shortestPrefix);
}

function worldRules({ extraSecurityRules = [] }: ClusterConfig) {
  return extraSecurityRules.filter(({ from }) => worldCidrs([from]).length > 0);
}

/**
 * What is allowed but dangerous, one sentence each: in a configuration, and in machines that stay as they were made. A master that stays and
 * was made otherwise is not spoken of as if it had what the configuration says.
 */
export function configurationWarnings(
  config: ClusterConfig,
  plans: readonly MachinePlan[] = [],
  recorded: readonly RecordedMachine[] = [],
): readonly string[] {
  const staying = stayingMachines(plans, recorded).filter(({ plan }) => plan.role === "master");
  const isThere = (key: string): boolean =>
    staying.length === 0 || staying.some(({ record }) => record.madeWith?.trial.includes(key) ?? true);
  const open = worldCidrs(config.adminCidrs);
  return [
    ...(open.length === 0
      ? []
      : [`adminCidrs holds ${open.join(", ")}: SSH and the Kubernetes API answer to the whole internet.`]),
    ...worldRules(config).map(
      ({ from, protocol, ports = [] }) =>
        `extraSecurityRules opens ${[protocol, ...new Set(ports)].join(" ")} to ${from}, which is the whole internet or a large part of it.`,
    ),
    ...(config.kubernetes.authorization.mode === "AlwaysAllow" && isThere("authorization")
      ? [
          "authorization is AlwaysAllow: whoever is authenticated, every pod included, may do anything. RBAC restricts them.",
        ]
      : []),
    ...(config.kubernetes.localhostApi && isThere("localhostApi")
      ? ["localhostApi is on: every process of the master, and every host-network pod there, is an administrator."]
      : []),
    ...(config.kubernetes.podSecurity !== undefined && config.kubernetes.authorization.mode === "AlwaysAllow"
      ? [
          "podSecurity holds nobody back while authorization is AlwaysAllow: every pod may make others in kube-system, or label its namespace. RBAC restricts them.",
        ]
      : []),
    ...(config.masters.etcdVolume === undefined
      ? ["etcdVolume is off: when the master is replaced, everything in the cluster is lost."]
      : []),
    ...(config.addons.networkPolicy
      ? []
      : [
          "addons.networkPolicy is off: NetworkPolicies are accepted and do nothing. addons: { networkPolicy: true } enforces them, those that are there included.",
        ]),
    ...givenAddressWarnings(config),
    ...runningWarnings(config, plans, recorded),
    ...downloadWarnings(config),
  ];
}
