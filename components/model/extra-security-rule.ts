/** An opening of security groups that somebody asks for beside those that a cluster has. */
export interface ExtraSecurityRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** First and last port; absent for ICMP. */
  readonly ports?: readonly [number, number];
  /** IPv4 CIDR that may connect. */
  readonly from: string;
  readonly appliesTo: "machines" | "masters";
  /** For the cloud's own console. */
  readonly description: string;
}
