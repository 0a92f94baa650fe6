/** What is drawn of a machine. */
export interface DrawnMachine {
  readonly name: string;
  /** Name of its pool; `master` for masters. */
  readonly pool: string;
  /** IPv4 address on the host network. */
  readonly address: string;
  readonly publicAddress?: string | undefined;
  readonly image: string;
  readonly flavor: string;
}

/** One opening of a security group, as it is drawn. */
export interface DrawnRule {
  readonly appliesTo: "machines" | "masters";
  /** `TCP 6443`, or the protocol alone. */
  readonly what: string;
  /** Who may connect, in words or as a CIDR. */
  readonly from: string;
}

/** Everything that the picture shows of a cluster. */
export interface ClusterDescription {
  readonly name: string;
  readonly machines: readonly DrawnMachine[];
  readonly rules: readonly DrawnRule[];
  readonly adminCidrs: readonly string[];
  readonly hostNetwork: {
    readonly cidr: string;
    /** Name in the cloud, where the stack made it. */
    readonly name?: string | undefined;
    readonly vlanId?: string | undefined;
    /** First and last address that Neutron gives away itself. */
    readonly allocation?: { readonly start: string; readonly end: string } | undefined;
  };
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly dnsAddress?: string | undefined;
  readonly access:
    | { readonly mode: "direct"; readonly externalNetwork: string }
    | { readonly mode: "floatingIp"; readonly externalNetwork: string; readonly router?: string | undefined }
    | { readonly mode: "none" };
  readonly authorization: string;
  readonly localhostApi: boolean;
  /** The volume that holds etcd; absent where it is on the machine's own disk. */
  readonly etcdVolume?: { readonly sizeGiB: number; readonly type?: string | undefined } | undefined;
}
