import type { Answer } from "./answer";
import type { Services } from "./catalogue";

/** An image of the cloud; sizes as Glance gives them. */
export interface ImageFacts {
  readonly minMemoryMiB: number;
  readonly minDiskGiB: number;
  readonly sizeBytes: number;
}

/** A flavor of the cloud. */
export interface FlavorFacts {
  readonly cores: number;
  readonly memoryMiB: number;
  /** 0 where the flavor has no disk of its own. */
  readonly diskGiB: number;
}

/** A name that was asked for, with what is near it when the cloud does not know it. */
export interface NamedAnswer<T> {
  readonly answer: Answer<T>;
  /** Valid names like it; empty where none is near, or where the provider cannot list any. */
  readonly near: readonly string[];
  /** What else was found out about the name, a sentence without its end. */
  readonly note?: string;
}

/** What a project may have and has, from Nova's limits; -1 is no limit. */
export interface ComputeLimits {
  readonly servers: Usage;
  readonly cores: Usage;
  readonly memoryMiB: Usage;
}

export interface Usage {
  readonly limit: number;
  readonly used: number;
}

/** Limits of a project in Neutron, -1 being none; or what it has of each. */
export interface NetworkQuota {
  readonly networks: number;
  readonly subnets: number;
  readonly routers: number;
  readonly ports: number;
  readonly floatingAddresses: number;
  readonly securityGroups: number;
  readonly securityGroupRules: number;
}

/** Limits of a project in Cinder; -1 is none. */
export interface VolumeQuota {
  readonly volumes: number;
  readonly gibibytes: number;
  readonly gibibytesPerVolume: number;
  /** Volume types that the project can use, by name. */
  readonly types: Readonly<Record<string, { readonly volumes: number; readonly gibibytes: number }>>;
}

/** A network and subnet of the user's. */
export interface ExistingNetworkFacts {
  readonly network: Answer<unknown>;
  readonly subnet: Answer<{
    readonly networkId: string;
    readonly cidr: string;
    readonly dhcp: boolean;
    /** Empty where it has none. */
    readonly gateway: string;
    /** Resolvers that it names; none of them is Neutron's own, which it gives out where there are none. */
    readonly dnsServers: readonly string[];
    readonly allocationPools: readonly { readonly start: string; readonly end: string }[];
  }>;
}

/** Who may attach what to a network, as Neutron tells the project. */
export interface NetworkFacts {
  readonly external: boolean;
  readonly shared: boolean;
  /** Whether it is the project's own. */
  readonly own: boolean;
  /** Whether ports may have security groups there; `undefined` of a Neutron without that extension. */
  readonly portSecurity: boolean | undefined;
}

/** A thing of the project that may be one that an update was to make; texts are empty where it has none. */
export interface CloudThing {
  readonly kind: "server" | "port" | "network" | "subnet" | "router" | "floatingAddress" | "securityGroup" | "volume";
  readonly id: string;
  /** Its name; of a floating address its description. */
  readonly name: string;
  /** Of a port or a subnet: its network. */
  readonly networkId: string;
  /** Of a port: the server or router that has it. */
  readonly holder: string;
  /** Of a port: what for, in Neutron's words. */
  readonly purpose: string;
  /** Of a floating address: the port that it leads to. */
  readonly portId: string;
  /** Of a port: its own. */
  readonly addresses: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What Keystone says of whoever asks. */
export interface Standing {
  readonly services: Services;
  /** Whether the user is an administrator of the cloud, by its usual name. */
  readonly isAdministrator: boolean;
}

/** Everything that the cloud was asked before an update; `undefined` is what was not needed. */
export interface CloudFacts {
  readonly images: ReadonlyMap<string, NamedAnswer<ImageFacts>>;
  readonly flavors: ReadonlyMap<string, NamedAnswer<FlavorFacts>>;
  readonly externalNetwork: NamedAnswer<string> | undefined;
  readonly existingNetwork: ExistingNetworkFacts | undefined;
  /** Networks to which ports are to be attached that this update does not make: the external one and the user's own. */
  readonly attached: Readonly<Partial<Record<"external" | "existing", Answer<NetworkFacts>>>>;
  /** What Keystone says of whoever asks. */
  readonly standing: Answer<Standing>;
  /** Names of the availability zones that take servers. */
  readonly zones: Answer<readonly string[]> | undefined;
  readonly compute: Answer<ComputeLimits> | undefined;
  readonly network: Answer<NetworkQuota> | undefined;
  /** What the project has of what Neutron limits. */
  readonly networkUse: Answer<NetworkQuota> | undefined;
  readonly volumes: Answer<VolumeQuota> | undefined;
  readonly volumeUse: Answer<{ readonly volumes: number; readonly gibibytes: number }> | undefined;
  /** Number of ports that the project has. */
  readonly projectPorts: Answer<number> | undefined;
  /** What the project has of the kinds of which the update makes some. */
  readonly inventory: Answer<readonly CloudThing[]> | undefined;
  /** All flavors that there are; asked only where the flavor of the configuration will not do. */
  readonly flavorList: Answer<ReadonlyMap<string, FlavorFacts>> | undefined;
}
