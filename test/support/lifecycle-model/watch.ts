import type { ClusterConfig } from "../../../components/model/cluster";
import { isMaster, releaseOf, type Server } from "./cloud";
import type { ProviderEvents } from "./providers";
import type { World } from "./world";

/** A machine as a person asks for it. */
interface Wanted {
  readonly generation: number;
  readonly kubernetes: string;
}

/** What a person asks for now: machines by host name. */
export function wantedMachines(config: ClusterConfig): ReadonlyMap<string, Wanted> {
  const kubernetes = config.kubernetes.version;
  const masters = [[`${config.clusterName}-master-0`, { generation: config.masters.generation, kubernetes }]] as const;
  const nodes = config.nodePools.flatMap(({ name, count, generation }) =>
    Array.from(
      { length: count },
      (_, ordinal) => [`${config.clusterName}-${name}-${ordinal}`, { generation, kubernetes }] as const,
    ),
  );
  return new Map<string, Wanted>([...masters, ...nodes]);
}

/** Looks at every step of an update, and writes down what must never happen. */
export class Watch implements ProviderEvents {
  readonly violations: string[] = [];
  /** Set where the update has been accepted. */
  config: ClusterConfig | undefined;
  /** Servers as they were before this update, by host name. */
  before = new Map<string, Server>();
  created = new Set<string>();
  deleted = new Map<string, Server>();

  constructor(private readonly world: World) {}

  begin(): void {
    this.config = undefined;
    this.before = new Map([...this.world.cloud.servers.values()].map((server) => [server.hostName, server]));
    this.created = new Set();
    this.deleted = new Map();
  }

  /** Whether there has been a machine of this name. */
  known(hostName: string): boolean {
    return this.world.everReady.has(hostName) || this.world.disturbed.has(hostName);
  }

  violated(rule: string, text: string): void {
    this.violations.push(`${rule}: ${text}`);
  }

  /** Whether a person asked for this machine to be replaced or removed. */
  asked(server: Server): boolean {
    if (this.config === undefined) return false;
    const wanted = wantedMachines(this.config).get(server.hostName);
    if (wanted === undefined) return true;
    const isUpgrade =
      wanted.kubernetes !== server.wish.kubernetes && this.world.settings["kubernetesVersion"] !== undefined;
    return wanted.generation !== server.wish.generation || isUpgrade;
  }

  private get isOrdered(): boolean {
    return this.config?.readiness.timeoutMinutes !== 0;
  }

  wish(hostName: string): Server["wish"] {
    const wanted = this.config === undefined ? undefined : wantedMachines(this.config).get(hostName);
    return wanted ?? { generation: 0, kubernetes: "" };
  }

  creating(hostName: string, userData: string): void {
    this.created.add(hostName);
    const next = { userData, hostName } as Server;
    if (isMaster(next) || !this.isOrdered) return;
    const master = [...this.world.cloud.servers.values()].find(isMaster);
    if (master !== undefined && isNewer(releaseOf(next), releaseOf(master)))
      this.violated("order", `${hostName} is made with ${releaseOf(next)} while the master has ${releaseOf(master)}`);
    this.masterFirst(`${hostName} is made`);
  }

  deleting(server: Server): void {
    this.deleted.set(server.hostName, server);
    if (!this.asked(server)) this.violated("unasked", `${server.hostName} is deleted, and nobody asked for it`);
    if (isMaster(server) || !this.isOrdered) return;
    this.masterFirst(`${server.hostName} is deleted`);
    this.unavailable(server.hostName);
  }

  cordoning(hostName: string, wasAvailable: boolean): void {
    if (hostName.includes("-master-")) return;
    this.masterFirst(`${hostName} is drained`);
    if (wasAvailable) this.unavailable(hostName);
  }

  taking(what: string, server: Server): void {
    if (this.world.cloud.servers.has(server.id)) this.violated("ground", `${server.hostName} runs, and loses ${what}`);
  }

  losing(what: string): void {
    if (what.startsWith("volume")) this.violated("etcd", `${what} is deleted`);
    else if (this.world.cluster.master() !== undefined)
      this.violated("addons", `${what} is removed from a living cluster`);
  }

  /** Masters that this update replaces are Ready nodes before a node is touched. */
  private masterFirst(what: string): void {
    const old = [...this.before.values()].find(isMaster);
    if (old === undefined || !this.asked(old)) return;
    const node = this.world.cluster.api()?.nodes.get(old.hostName);
    if (node === undefined || node.serverId === old.id || !this.world.cluster.isReady(node))
      this.violated("order", `${what} before the master is replaced and Ready`);
  }

  /** Nodes that updates have taken from the cluster, with the one that goes now. */
  private unavailable(going: string): void {
    const { config } = this;
    if (config === undefined) return;
    const wanted = wantedMachines(config);
    if (!wanted.has(going)) return;
    const away = [...wanted.keys()].filter(
      (name) =>
        !name.includes("-master-") &&
        name !== going &&
        this.world.everReady.has(name) &&
        !this.world.disturbed.has(name) &&
        !this.world.cluster.available(name),
    );
    if (away.length + 1 > config.rollout.maxUnavailable)
      this.violated(
        "pace",
        `${going} goes while ${away.join(", ")} ${away.length === 1 ? "is" : "are"} away, and maxUnavailable is ${config.rollout.maxUnavailable}`,
      );
  }
}

function isNewer(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}
