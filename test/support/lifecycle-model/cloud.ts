/** A server as Nova has it, with what nobody but its machine knows. */
export interface Server {
  readonly id: string;
  name: string;
  /** Nova's: ACTIVE, SHUTOFF, VERIFY_RESIZE, REBOOT … */
  status: string;
  image: string;
  flavor: string;
  metadata: Record<string, string>;
  readonly userData: string;
  readonly keyPair: string | undefined;
  readonly ports: readonly string[];
  readonly availabilityZone: string | undefined;
  /** When a passing status gives way to ACTIVE, milliseconds. */
  passesAt: number;
  /** When the machine's kubelet, and a master's API, have started, milliseconds. */
  bootedAt: number;
  /** Host name that it was made with, whatever it is called since. */
  readonly hostName: string;
  /** What the person wanted when it was made. */
  readonly wish: { readonly generation: number; readonly kubernetes: string };
  /** etcd on the machine's own disk. */
  ownEtcd: Etcd | undefined;
}

export interface Port {
  readonly id: string;
  name: string;
  readonly networkId: string;
  address: string;
  readonly isExternal: boolean;
}

export interface Volume {
  readonly id: string;
  size: number;
  readonly type: string | undefined;
  attachedTo: string | undefined;
  /** Blank until a master has run with it. */
  etcd: Etcd | undefined;
}

/** What etcd holds: the cluster itself. */
export interface Etcd {
  /** Tells one cluster's data from data made anew. */
  readonly lineage: number;
  /** What the engine has put in, by type and name, with its fields. */
  readonly objects: Map<string, Readonly<Record<string, unknown>>>;
  readonly nodes: Map<string, NodeObject>;
  readonly pods: Pod[];
  /** Servers whose kubelet has registered: one does so when it starts, and not again when its object is deleted. */
  readonly registered: Set<string>;
}

export interface NodeObject {
  readonly name: string;
  serverId: string;
  isCordoned: boolean;
  isMarked: boolean;
}

export interface Pod {
  readonly name: string;
  node: string | undefined;
  /** Since when its node is not Ready, milliseconds. */
  lostSince?: number | undefined;
  readonly isDns: boolean;
}

export class Refusal extends Error {}

/** The project in the cloud. */
export interface Cloud {
  readonly servers: Map<string, Server>;
  readonly ports: Map<string, Port>;
  readonly volumes: Map<string, Volume>;
  /** Names of key pairs, each with its user before it: they belong to users, not to projects (Nova, `os-keypairs`). */
  readonly keyPairs: Set<string>;
  lineages: number;
  identifiers: number;
}

export function emptyCloud(): Cloud {
  return { servers: new Map(), ports: new Map(), volumes: new Map(), keyPairs: new Set(), lineages: 0, identifiers: 0 };
}

export function newIdentifier(cloud: Cloud, what: string): string {
  cloud.identifiers += 1;
  return `${what}-${cloud.identifiers}`;
}

/** States in which a machine runs: https://docs.openstack.org/api-guide/compute/server_concepts.html */
const running: readonly string[] = [
  "ACTIVE",
  "VERIFY_RESIZE",
  "REBOOT",
  "HARD_REBOOT",
  "RESIZE",
  "PASSWORD",
  "MIGRATING",
];

export const runs = (server: Server): boolean => running.includes(server.status);

/** What a machine was told at its first boot; the stand-in of cloud-init's renderer writes it as JSON. */
export interface Told {
  readonly hostName: string;
  readonly etcdVolumeId?: string;
  readonly taints: readonly { readonly effect: string }[];
  readonly [key: string]: unknown;
}

const told = new Map<string, Told>();

export function toldTo({ userData }: Pick<Server, "userData">): Told {
  const known = told.get(userData) ?? (JSON.parse(userData) as Told);
  if (told.size > 5_000) told.clear();
  told.set(userData, known);
  return known;
}

/** Kubernetes release that a machine runs: that of the kubelet that it fetches. */
export function releaseOf(server: Server): string {
  const releases = toldTo(server)["releases"] as readonly { readonly name: string; readonly version: string }[];
  return releases.find(({ name }) => name === "kubelet")?.version ?? "";
}

export const isMaster = (server: Pick<Server, "hostName">): boolean => server.hostName.includes("-master-");

function copyOf<T extends object>(
  things: ReadonlyMap<string, T>,
  change: (thing: T) => Partial<T> = () => ({}),
): Map<string, T> {
  return new Map([...things].map(([id, thing]) => [id, { ...thing, ...change(thing) }]));
}

function copyOfEtcd(etcd: Etcd | undefined): Etcd | undefined {
  return etcd === undefined
    ? undefined
    : {
        lineage: etcd.lineage,
        objects: new Map(etcd.objects),
        nodes: copyOf(etcd.nodes),
        pods: etcd.pods.map((pod) => ({ ...pod })),
        registered: new Set(etcd.registered),
      };
}

/** A project of its own that is as another one. */
export function copyOfCloud({ servers, ports, volumes, keyPairs, lineages, identifiers }: Cloud): Cloud {
  return {
    servers: copyOf(servers, ({ metadata, ownEtcd }) => ({ metadata: { ...metadata }, ownEtcd: copyOfEtcd(ownEtcd) })),
    ports: copyOf(ports),
    volumes: copyOf(volumes, ({ etcd }) => ({ etcd: copyOfEtcd(etcd) })),
    keyPairs: new Set(keyPairs),
    lineages,
    identifiers,
  };
}
