import type { ExtraSecurityRule } from "../model/extra-security-rule";

/** One opening of a security group. What no rule opens stays closed. */
export interface SecurityRule {
  /** Stable: part of the resource's name. */
  readonly name: string;
  /** Which machines the rule opens. */
  readonly appliesTo: "machines" | "masters";
  readonly protocol: "tcp" | "udp" | "icmp";
  /** First and last port; absent for ICMP. */
  readonly ports?: readonly [number, number];
  /** IPv4 CIDR that may connect. */
  readonly from: string;
  /** For the reader of the table and the cloud's own console. */
  readonly description: string;
}

export interface SecurityRulesArgs {
  /** IPv4 CIDR of the host network. */
  readonly hostCidr: string;
  readonly adminCidrs: readonly string[];
  readonly nodePortCidrs: readonly string[];
  readonly extraSecurityRules?: readonly ExtraSecurityRule[] | undefined;
  /** IPv4 addresses of the masters on the host network. */
  readonly masterAddresses: readonly string[];
}

/** Kubernetes' default range of node ports (`--service-node-port-range`). */
const nodePorts: readonly [number, number] = [30000, 32767];

/**
 * Every connection that reaches a machine from outside it, as data. Answers to a machine's own connections are always let in.
 * No two rules open the same: networks may be given twice, and an administrator's may be the host network itself.
 */
export function securityRules(args: SecurityRulesArgs): readonly SecurityRule[] {
  // The cluster's own rules come first: of two that open the same, the one stays that no change of a list takes away.
  // Every machine answers for every Service, and is asked by pods and machines too: node ports are open between members. A rule that a list
  // of an earlier version made for the host network has the same name and words, so that it stays.
  const nodePortCidrs = [args.hostCidr, ...args.nodePortCidrs];
  const rules = [
    ...memberRules(args),
    ...administratorRules(args.adminCidrs),
    ...nodePortRules(nodePortCidrs),
    ...(args.extraSecurityRules ?? []).map(extraRule),
  ];
  return rules.filter((rule, index) => rules.findIndex((other) => opening(other) === opening(rule)) === index);
}

/** What a rule opens; Neutron refuses a second rule of a group that opens the same. */
function opening({ appliesTo, protocol, ports, from }: SecurityRule): string {
  return [appliesTo, protocol, ports?.join("-"), from].join(" ");
}

function memberRules(args: SecurityRulesArgs): SecurityRule[] {
  const members = { appliesTo: "machines", from: args.hostCidr } as const;
  return [
    {
      ...members,
      name: "api-from-members",
      appliesTo: "masters",
      protocol: "tcp",
      ports: [6443, 6443],
      description: "Kubernetes API, cluster members",
    },
    {
      ...members,
      name: "kubelet",
      protocol: "tcp",
      ports: [10250, 10250],
      description: "kubelet API, cluster members",
    },
    { ...members, name: "vxlan", protocol: "udp", ports: [8472, 8472], description: "flannel VXLAN, cluster members" },
    { ...members, name: "ping", protocol: "icmp", description: "ICMP, cluster members" },
    ...args.masterAddresses.map((address): SecurityRule => ({
      name: `etcd-from-${slug(address)}`,
      appliesTo: "masters",
      protocol: "tcp",
      ports: [2379, 2380],
      from: `${address}/32`,
      description: "etcd, masters",
    })),
  ];
}

function administratorRules(cidrs: readonly string[]): SecurityRule[] {
  return cidrs.flatMap((cidr): SecurityRule[] => [
    {
      name: `ssh-from-${slug(cidr)}`,
      appliesTo: "machines",
      protocol: "tcp",
      ports: [22, 22],
      from: cidr,
      description: "SSH, administrators",
    },
    {
      name: `api-from-${slug(cidr)}`,
      appliesTo: "masters",
      protocol: "tcp",
      ports: [6443, 6443],
      from: cidr,
      description: "Kubernetes API, administrators",
    },
  ]);
}

function nodePortRules(cidrs: readonly string[]): SecurityRule[] {
  return cidrs.flatMap((cidr): SecurityRule[] =>
    (["tcp", "udp"] as const).map((protocol) => ({
      name: `node-ports-${protocol}-from-${slug(cidr)}`,
      appliesTo: "machines",
      protocol,
      ports: nodePorts,
      from: cidr,
      description: "node ports",
    })),
  );
}

function extraRule(rule: ExtraSecurityRule): SecurityRule {
  const place = [rule.protocol, ...(rule.ports ?? []), "from", slug(rule.from)].join("-");
  return { ...rule, name: `extra-${place}` };
}

/** A CIDR or address as part of a resource name. */
function slug(cidr: string): string {
  return cidr.replace(/[./:]/g, "-");
}
