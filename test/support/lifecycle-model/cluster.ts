import { isMaster, runs, toldTo, type Cloud, type Etcd, type NodeObject, type Pod, type Server } from "./cloud";

const dnsReplicas = 2;
/** `tolerationSeconds` that the API server gives pods (DefaultTolerationSeconds), milliseconds. */
const tolerated = 300_000;
const dnsDeployment = "kubernetes:apps/v1:Deployment coredns";

/** What runs on the machines: etcd, the API, kubelets and the scheduler, as far as an update meets them. */
export class Cluster {
  constructor(
    private readonly cloud: Cloud,
    private readonly now: () => number,
  ) {}

  isUp(server: Server): boolean {
    this.pass(server);
    return runs(server) && this.now() >= server.bootedAt;
  }

  master(): Server | undefined {
    return [...this.cloud.servers.values()].find((server) => isMaster(server) && this.isUp(server));
  }

  /** Where a master's etcd is; `undefined` while its volume is not there. A blank one is formatted, as `cloudinit/files` does. */
  etcdOf(server: Server): Etcd | undefined {
    const { etcdVolumeId } = toldTo(server);
    if (etcdVolumeId === undefined) return (server.ownEtcd ??= this.newEtcd());
    const volume = this.cloud.volumes.get(etcdVolumeId);
    if (volume?.attachedTo !== server.id) return undefined;
    return (volume.etcd ??= this.newEtcd());
  }

  /** The API's data where it answers, after everybody in the cluster has done what was to do. */
  api(): Etcd | undefined {
    const master = this.master();
    const etcd = master === undefined ? undefined : this.etcdOf(master);
    if (etcd === undefined) return undefined;
    this.register(etcd);
    this.schedule(etcd);
    return etcd;
  }

  isReady(node: NodeObject): boolean {
    const server = this.cloud.servers.get(node.serverId);
    return server !== undefined && this.isUp(server);
  }

  /** Nodes by name, with whether they are Ready and take pods. */
  available(hostName: string): boolean {
    const node = this.api()?.nodes.get(hostName);
    return node !== undefined && this.isReady(node) && !node.isCordoned;
  }

  /** Eviction as CoreDNS' budget of one (`maxUnavailable: 1`) allows it: https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
  evict(name: string): { readonly refused?: string } {
    const etcd = this.api();
    const pod = etcd?.pods.find((one) => one.name === name);
    if (etcd === undefined || pod === undefined) return {};
    const healthy = etcd.pods.filter((one) => one.isDns && this.isHealthy(etcd, one.node)).length;
    if (pod.isDns && this.isHealthy(etcd, pod.node) && healthy - 1 < dnsReplicas - 1) {
      return { refused: "Cannot evict pod as it would violate the pod's disruption budget." };
    }
    pod.node = undefined;
    return {};
  }

  healthyDnsPods(): number {
    const etcd = this.api();
    return etcd?.pods.filter(({ isDns, node }) => isDns && this.isHealthy(etcd, node)).length ?? 0;
  }

  deleteNode(name: string): void {
    const etcd = this.api();
    etcd?.nodes.delete(name);
    // The garbage collector deletes pods of a node that is no more.
    for (const pod of etcd?.pods ?? []) if (pod.node === name) pod.node = undefined;
  }

  private isHealthy(etcd: Etcd, node: string | undefined): boolean {
    const object = node === undefined ? undefined : etcd.nodes.get(node);
    return object !== undefined && this.isReady(object);
  }

  private pass(server: Server): void {
    if (server.status !== "REBOOT" || this.now() < server.passesAt) return;
    server.status = "ACTIVE";
  }

  private newEtcd(): Etcd {
    this.cloud.lineages += 1;
    return { lineage: this.cloud.lineages, objects: new Map(), nodes: new Map(), pods: [], registered: new Set() };
  }

  private register(etcd: Etcd): void {
    for (const server of this.cloud.servers.values()) {
      if (etcd.registered.has(server.id) || !this.isUp(server)) continue;
      etcd.registered.add(server.id);
      const known = etcd.nodes.get(server.hostName);
      // A kubelet takes over the object that has its name, cordon included.
      if (known !== undefined) known.serverId = server.id;
      else
        etcd.nodes.set(server.hostName, {
          name: server.hostName,
          serverId: server.id,
          isCordoned: false,
          isMarked: false,
        });
    }
  }

  private schedule(etcd: Etcd): void {
    const deployment = etcd.objects.get(dnsDeployment);
    if (deployment === undefined) return;
    while (etcd.pods.length < dnsReplicas)
      etcd.pods.push({ name: `coredns-${etcd.pods.length}`, node: undefined, isDns: true });
    const places = [...etcd.nodes.values()].filter(
      (node) => !node.isCordoned && this.isReady(node) && !this.isTainted(node),
    );
    // `topologySpreadConstraints` over host names with `DoNotSchedule` and two domains: a machine takes one of two.
    const isSpread = /"whenUnsatisfiable":"DoNotSchedule"/.test(JSON.stringify(deployment));
    for (const pod of etcd.pods) {
      this.leaveLostNode(etcd, pod);
      if (pod.node !== undefined && etcd.nodes.has(pod.node)) continue;
      const free = places.find(({ name }) => !etcd.pods.some((other) => other.node === name));
      pod.node = (free ?? (isSpread ? undefined : places[0]))?.name;
    }
  }

  /** Taint-based eviction: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions */
  private leaveLostNode(etcd: Etcd, pod: Pod): void {
    if (pod.node === undefined || this.isHealthy(etcd, pod.node)) pod.lostSince = undefined;
    else pod.lostSince ??= this.now();
    if (pod.lostSince !== undefined && this.now() > pod.lostSince + tolerated) pod.node = undefined;
  }

  private isTainted(node: NodeObject): boolean {
    const server = this.cloud.servers.get(node.serverId);
    return server !== undefined && toldTo(server).taints.some(({ effect }) => effect !== "PreferNoSchedule");
  }
}
