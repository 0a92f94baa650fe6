import type { Authorization } from "./authorization";
import type { Backup } from "./backup";
import type { AuthoritySet } from "./authorities";
import type { ExtraSecurityRule } from "./extra-security-rule";
import type { MachineExtras } from "./machine-extras";
import type { OidcIssuer } from "./oidc";
import type { PodSecurityLevel } from "./pod-security";

/** The validated configuration of one cluster: plain values, complete with defaults, safe to use without further checks. */
export interface ClusterConfig {
  /** Prefix of host names and of resources in the cloud; a DNS label of at most 20 characters. */
  readonly clusterName: string;
  readonly kubernetes: KubernetesConfig;
  readonly network: NetworkConfig;
  readonly access: AccessConfig;
  /** CIDRs that may reach SSH and the Kubernetes API. */
  readonly adminCidrs: readonly string[];
  /** Node ports (30000–32767) answer to these CIDRs; empty closes them on every machine to everyone outside it. */
  readonly nodePortCidrs: readonly string[];
  /** Further openings of the machines' security groups; absent for none. */
  readonly extraSecurityRules?: readonly ExtraSecurityRule[];
  readonly ssh: SshConfig;
  readonly masters: MasterConfig;
  readonly backup: Backup;
  /** At least one machine pool or none; keyed order is the order of the configuration. */
  readonly nodePools: readonly NodePoolConfig[];
  readonly certificates: CertificateConfig;
  readonly artifacts: ArtifactConfig;
  readonly addons: AddonsConfig;
  readonly readiness: ReadinessConfig;
  readonly rollout: RolloutConfig;
  /** Whether the engine refuses to delete or replace what cannot be made again: etcd's volume and the authorities. */
  readonly protectData: boolean;
}

export interface KubernetesConfig {
  /** Release without the leading `v`, for instance `1.36.3`. */
  readonly version: string;
  readonly authorization: Authorization;
  /** Whether masters offer the API in clear, with an administrator's rights, on 127.0.0.1:8080. */
  readonly localhostApi: boolean;
  /** Whether Services may have `externalIPs`, with which whoever makes one takes the traffic of any address. */
  readonly serviceExternalIps: boolean;
  /** DNS domain of services, `cluster.local` by default. */
  readonly clusterDomain: string;
  /** What pods may ask for in namespaces without labels of their own; absent for anything. */
  readonly podSecurity?: PodSecurityLevel;
  /** Whose tokens the API server takes; absent for nobody's. */
  readonly oidc?: readonly OidcIssuer[];
  /** Further arguments of the API server, without dashes; absent for none. */
  readonly apiServerArguments?: Readonly<Record<string, string>>;
  /** How kube-proxy leads connections to Services; absent for `iptables`. */
  readonly kubeProxyMode?: "nftables";
}

/** Prefix length of the pod network that every machine gets. */
export const podPrefixPerMachine = 24;

export interface NetworkConfig {
  /** IPv4 CIDR of the private network on which the machines have their addresses. */
  readonly hostCidr: string;
  /** IPv4 CIDR of all pods; every machine gets a /24 of it. */
  readonly podCidr: string;
  /** IPv4 CIDR of service addresses. */
  readonly serviceCidr: string;
  /** VLAN identifier for OVH's vRack; absent for a plain private network. */
  readonly vlanId?: number;
  /** Resolvers handed to the machines by DHCP; empty leaves the cloud's own. */
  readonly dnsServers: readonly string[];
  /** Time servers of the machines, by address or name; absent leaves those of the image and of DHCP. */
  readonly ntpServers?: readonly string[];
  /** A network and subnet that exist already, in place of new ones. */
  readonly existing?: { readonly networkId: string; readonly subnetId: string };
}

/** How machines reach the outside, and how the administrator reaches them. */
export type AccessConfig =
  /** A second interface of every machine on an external network, such as OVH's `Ext-Net`. */
  | { readonly mode: "direct"; readonly externalNetwork: string }
  /** A router to the external network, and a floating address for the masters and, unless `nodes` is false, every node. */
  | { readonly mode: "floatingIp"; readonly externalNetwork: string; readonly nodes: boolean }
  /** Private: reached through a VPN or a bastion on the host network. */
  | { readonly mode: "none" };

export interface SshConfig {
  /** One OpenSSH public key line. */
  readonly publicKey: string;
  /** Login name of the image's default user, for instance `debian`. */
  readonly user: string;
}

export interface MachineShape extends MachineExtras {
  /** Name of an image in the cloud. */
  readonly image: string;
  /** Name of a flavor in the cloud. */
  readonly flavor: string;
  readonly availabilityZone?: string;
  /** Raised to have existing machines replaced by ones made from the configuration as it is then; from 1. */
  readonly generation: number;
}

/** Name that no pool may have, since masters have it in host names and logical names. */
export const masterPoolName = "master";

/** Numbers of masters that a cluster may have: odd ones, since an even one bears the loss of no more machines than the odd one below it. */
export const masterCounts = [1, 3, 5] as const;
export type MasterCount = (typeof masterCounts)[number];

export interface MasterConfig extends MachineShape {
  readonly count: MasterCount;
  /** The volume that holds etcd; `undefined` keeps etcd on the machine's own disk, where a replacement loses it. */
  readonly etcdVolume?: { readonly sizeGiB: number; readonly type?: string };
}

export interface NodePoolConfig extends MachineShape {
  /** DNS label, unique, at most 20 characters; part of host names and resource names. */
  readonly name: string;
  readonly count: number;
  /** Host number of the pool's first address within the host network: 15 is `.15` of a /24. */
  readonly addressOffset: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface CertificateConfig {
  /** Validity of leaf certificates, hours. */
  readonly validityHours: number;
  /** Leaves are issued anew this many hours before they expire. */
  readonly earlyRenewalHours: number;
  /** Validity of authorities that are made from now on, hours. */
  readonly authorityValidityHours: number;
  /** Which authorities issue, and which are trusted. */
  readonly authorities: AuthoritySet;
}

export interface ArtifactConfig {
  /** Base address of a mirror that serves `<official host>/<official path>`; absent uses the official addresses over HTTPS. */
  readonly mirror?: string;
  /** Pinned SHA-256 (hexadecimal) by `<official host>/<official path>`; wins over the release table. */
  readonly checksums: Readonly<Record<string, string>>;
  /** Container registry mirrors by registry host, in order of preference, for instance `{ "registry.k8s.io": ["https://mirror.example"] }`. */
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
}

/** What runs in the cluster beside the pod network and DNS. */
export interface AddonsConfig {
  /** Whether NetworkPolicies are enforced; without it they are accepted and do nothing. */
  readonly networkPolicy: boolean;
}

export interface ReadinessConfig {
  /**
   * How long `up` waits for the cluster before it gives up, minutes. 0 waits for nothing and drains nothing, for a network that the machine running
   * Pulumi cannot reach yet: a new cluster gets no add-ons, and one that has them keeps them.
   */
  readonly timeoutMinutes: number;
}

/** How machines are replaced and removed. */
export interface RolloutConfig {
  /** Number of nodes that are replaced at the same time, from 1. */
  readonly maxUnavailable: number;
  /** Time in which the pods of a machine have to go before it is replaced or removed, minutes; 0 does not wait for them. */
  readonly drainMinutes: number;
}
