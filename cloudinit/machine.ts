import type { Backup } from "../components/model/backup";
import type { UserDataExtra } from "../components/model/machine-extras";
import type { OidcIssuer } from "../components/model/oidc";
import type { PodSecurityLevel } from "../components/model/pod-security";
import type { Authorization } from "../components/model/authorization";

/** One file a machine fetches, with how to know it is the right one. */
export interface ReleaseFile {
  /** Short name for progress and logs, for instance `kubelet` or `containerd`. */
  readonly name: string;
  /** Full address, already pointed at the mirror where one is configured. */
  readonly url: string;
  /** Pinned SHA-256 in hexadecimal, or the address of the checksum file that upstream publishes beside the file. */
  readonly checksum: { readonly sha256: string } | { readonly url: string };
  /**
   * Where it goes: one executable, or members of a tar archive extracted into a directory. Members are named as they are after
   * `stripComponents`; none means all. Executables that a unit runs have to be named.
   */
  readonly install:
    | { readonly kind: "binary"; readonly path: string }
    | {
        readonly kind: "archive";
        readonly directory: string;
        readonly stripComponents: number;
        readonly members: readonly string[];
      };
  /** Exact version, part of the marker that lets a prepared image skip the download. */
  readonly version: string;
}

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Everything a machine needs to become a node, known before it boots. Holds private keys: treat every value as secret. */
export interface NodeDescription {
  readonly clusterName: string;
  /** Host name and Kubernetes node name: a DNS label without dots. */
  readonly hostName: string;
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Host names and addresses of all masters, for `/etc/hosts`. */
  readonly masters: readonly { readonly hostName: string; readonly address: string }[];
  readonly hostCidr: string;
  /** There where the machine has an interface on an external network beside the one on the host network. */
  readonly externalInterface?: {
    /** IPv4 addresses of the resolvers to use in place of those that either network gives; empty for the external network's own. */
    readonly dnsServers: readonly string[];
  };
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Address of the cluster's DNS service. */
  readonly dnsServiceAddress: string;
  readonly clusterDomain: string;
  /** One OpenSSH public key line, which logs in as the image's default user. */
  readonly sshPublicKey: string;
  /** Where kubelet and kube-proxy find the API, for instance `https://192.168.0.10:6443`. */
  readonly apiUrl: string;
  /** Addresses of all API servers that there are or may come, for the proxy on loopback; absent where the machine has none. */
  readonly apiServers?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  /** How kube-proxy leads connections to Services; absent for `iptables`. */
  readonly kubeProxyMode?: "nftables";
  /** Addresses or names of time servers; absent leaves those of the image and of DHCP. */
  readonly ntpServers?: readonly string[];
  /** Fields of the kubelet's configuration that are merged over the program's own; see `kubeletFields`. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  /** A script of somebody's own; may hold secrets. */
  readonly userDataExtra?: UserDataExtra;
  readonly releases: readonly ReleaseFile[];
  /** Image of the pod sandbox, pinned in containerd. */
  readonly pauseImage: string;
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
  /** PEM certificate of the kubernetes authority; of both while it is rotated. */
  readonly kubernetesAuthority: string;
  readonly kubeletServer: KeyPair;
  readonly kubeletClient: KeyPair;
  readonly kubeProxy: KeyPair;
}

/** What an image for machines is prepared with. Holds nothing of a cluster, and no secret. */
export interface ImageDescription {
  /** Name of the machine that prepares it: a DNS label. */
  readonly hostName: string;
  readonly releases: readonly ReleaseFile[];
  /** Full references of the container images that it holds. */
  readonly images: readonly string[];
  /** The one of them that containerd keeps for good. */
  readonly pauseImage: string;
  readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
}

/** A master is a node that also runs etcd, the API server, the scheduler and the controller manager. */
export interface MasterDescription extends NodeDescription {
  readonly authorization: Authorization;
  /** Whether Services may have `externalIPs`. */
  readonly serviceExternalIps: boolean;
  /** What pods may ask for in namespaces that say nothing; absent for whatever they like, but for our own. */
  readonly podSecurity?: PodSecurityLevel;
  /** Whose tokens the API server takes; absent for nobody's but the cluster's own. */
  readonly oidc?: readonly OidcIssuer[];
  /** Further arguments of the API server, and others for some of the program's own; see `apiServerArguments`. */
  readonly apiServerArguments?: Readonly<Record<string, string>>;
  /** First address of the service network, where pods find the API. */
  readonly apiServiceAddress: string;
  /** Identifier of the Cinder volume that holds etcd; absent keeps etcd on the root disk. */
  readonly etcdVolumeId?: string;
  /**
   * Of one of several masters, whether all of them form a cluster that nobody has used yet, or this one has its data from others that run. One that
   * has its own data needs neither. Absent where the master is alone.
   */
  readonly etcdFormation?: "new" | "join";
  readonly backup: Backup;
  /** PEM certificate of the etcd authority, or of both. */
  readonly etcdAuthority: string;
  /** PEM certificate of the front-proxy authority, or of both. */
  readonly frontProxyAuthority: string;
  /** The pair of the kubernetes authority that issues: the controller manager signs certificate requests with it. */
  readonly kubernetesAuthorityPair: KeyPair;
  readonly etcdServer: KeyPair;
  readonly etcdPeer: KeyPair;
  /** Client of etcd for health checks and snapshots on this machine. */
  readonly etcdHealthClient: KeyPair;
  readonly apiServer: KeyPair;
  readonly apiServerEtcdClient: KeyPair;
  readonly apiServerKubeletClient: KeyPair;
  readonly frontProxyClient: KeyPair;
  readonly controllerManager: KeyPair;
  readonly scheduler: KeyPair;
  /** Identity of the proxy that offers the API on the master's loopback; absent where there is no such proxy. */
  readonly localhostApi?: KeyPair;
  /** PEM key that signs ServiceAccount tokens, and the one or both that check them. */
  readonly serviceAccount: { readonly publicKey: string; readonly privateKey: string };
}
