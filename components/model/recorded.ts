import type { Authorization } from "./authorization";

/** Of all settings, what a machine has from its first boot on, and takes on anew with its next generation alone. */
export interface MadeWith {
  /** A digest of each setting by its key, without the pool; no secret is in any. */
  readonly settings: Readonly<Record<string, string>>;
  /** Keys of settings that a machine of a cluster marked `production` may not have. */
  readonly trial: readonly string[];
  /** Of a master: who decides what a client may do. */
  readonly authorization?: Authorization["mode"] | undefined;
}

/** What a machine of the stack was made from, as its state has it. */
export interface RecordedMachine {
  readonly name: string;
  readonly role: "master" | "node";
  /** Identifier of its server in Nova. */
  readonly serverId?: string | undefined;
  readonly generation: number;
  /** Kubernetes release, without `v`. */
  readonly kubernetes: string;
  /** Image and flavor as they were asked for; of a machine from before that was recorded, as the cloud told last. */
  readonly image: string;
  readonly flavor: string;
  /** Name of the key pair in the cloud that it was made with; absent where its user data alone held the SSH key. */
  readonly keyPair?: string | undefined;
  /** Absent where that is not known: an earlier version of the program made the machine. */
  readonly madeWith?: MadeWith | undefined;
  /** Of a master: whether etcd's data is on a volume of its own; absent where nothing tells. */
  readonly etcdVolume?: boolean | undefined;
  /** Of a master that was made to form a cluster of etcd with others: how many form it. */
  readonly etcdFounders?: number | undefined;
  /** Whether its keys and certificates are on it alone, and no resources of the stack; absent of machines of earlier versions. */
  readonly holdsCertificatesAlone?: true;
  /** When the first of the certificates ends that the machine holds, RFC 3339. */
  readonly certificatesEnd?: string | undefined;
  /** The record itself, as the next update finds it where no refresh comes: what the server with this identifier was made with. */
  readonly made?: MachineRecord | undefined;
  /** Of a master: `etcdRestore` as it was when the machine was made. */
  readonly etcdRestore?: string | undefined;
  /** `authorities` as it was when the machine was made; absent for the first ones, `1`. */
  readonly authorities?: string | undefined;
}

/** What is kept of a server beside it: its metadata as it was made, which somebody may have changed in the cloud since. */
export interface MachineRecord {
  readonly serverId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a stack's state says of its authorities. */
export interface RecordedAuthorities {
  /** Numbers of those that are there. */
  readonly existing: readonly number[];
  /** Number of the authority that issued the administrator's certificate; absent when that is not known. */
  readonly administrator?: number | undefined;
}

/** Where the machines of a stack are attached, as its state has it. */
export interface RecordedNetwork {
  /** The cluster's own network; absent where it is in one that existed, and where nothing is yet. */
  readonly own?: {
    /** CIDR of its subnet. */
    readonly hostCidr: string;
    /** VLAN identifier in a vRack. */
    readonly vlanId?: number | undefined;
  };
  /** The network and subnet of its machines' ports; absent before there were any. */
  readonly place?: { readonly networkId: string; readonly subnetId: string };
  /** How its machines reach the outside; absent where nothing is there by which they do. */
  readonly access?: "direct" | "floatingIp";
  /** Name of the external network from which floating addresses are; absent where there are none. */
  readonly floatingPool?: string;
  /** Identifier of the external network on which machines have a second interface; absent where they have none. */
  readonly externalNetworkId?: string;
  /** CIDR of the pod network, as flannel was told; absent before it was. */
  readonly podCidr?: string;
  /** Address of the cluster's DNS in the service network; absent before it was there. */
  readonly dnsServiceAddress?: string;
  /** DNS domain of services, as the cluster's DNS was told; absent before it was. */
  readonly clusterDomain?: string;
  /** IPv4 addresses on the host network, by host name. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Which add-ons a cluster has in the stack's state. */
export interface RecordedAddons {
  readonly networkPolicy: boolean;
  /** Names in the cluster of Deployments and DaemonSets. */
  readonly workloads: readonly string[];
}

/** Nothing is known of a stack that is new. */
export const noNetwork: RecordedNetwork = { addresses: {} };
