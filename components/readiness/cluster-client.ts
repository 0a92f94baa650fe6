import * as net from "node:net";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig, V1DaemonSet, V1Deployment } from "@kubernetes/client-node";
import type { Answer } from "dns-packet";
import type { ApiObservation, NodeObservation, RolloutObservation, Workload } from "./stages";

/** One request may take this long, milliseconds; a machine under load answers slowly but does answer. */
const requestTimeout = 20_000;

/** The cluster as its administrator sees it from outside. The client library is loaded only when it is needed: a preview never is. */
export class ClusterClient {
  private constructor(
    private readonly library: typeof import("@kubernetes/client-node"),
    private readonly config: KubeConfig,
  ) {}

  /** @param kubeconfig text of a kubeconfig. */
  static async create(kubeconfig: string): Promise<ClusterClient> {
    const library = await import("@kubernetes/client-node");
    const config = new library.KubeConfig();
    config.loadFromString(kubeconfig);
    return new ClusterClient(library, config);
  }

  /** Asks `/readyz` over TLS with the administrator's certificate. */
  async api(): Promise<ApiObservation> {
    const server = new URL(this.config.getCurrentCluster()?.server ?? "https://invalid.invalid");
    if (!(await answers(server.hostname, Number(server.port)))) {
      return { state: "unreachable", reason: `no connection to ${server.host}` };
    }
    try {
      const healthy = await withTimeout(new this.library.Health(this.config).readyz({}));
      return healthy ? { state: "healthy" } : { state: "unhealthy", reason: "/readyz does not say ok yet" };
    } catch (error) {
      return { state: "unhealthy", reason: reasonOf(error) };
    }
  }

  /** The Node objects by name, or what hinders to read them. */
  async nodes(): Promise<ReadonlyMap<string, NodeObservation>> {
    const list = await withTimeout(this.config.makeApiClient(this.library.CoreV1Api).listNode());
    return new Map(
      list.items.map((node) => {
        const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
        return [
          node.metadata?.name ?? "",
          {
            ready: ready?.status === "True",
            reason: ready?.message ?? "the kubelet has not reported its state yet",
            providerId: node.spec?.providerID ?? "",
            systemUuid: node.status?.nodeInfo?.systemUUID.toLowerCase() ?? "",
          },
        ];
      }),
    );
  }

  /** How far a workload is rolled out; `undefined` when there is none of that name. */
  async rollout({ kind, namespace, name }: Workload): Promise<RolloutObservation | undefined> {
    const apps = this.config.makeApiClient(this.library.AppsV1Api);
    // Lists, since what is not there yet is then no error.
    const request = { namespace, fieldSelector: `metadata.name=${name}` };
    if (kind === "DaemonSet") {
      const [found] = (await withTimeout(apps.listNamespacedDaemonSet(request))).items;
      return (
        found && {
          observed: isObserved(found),
          wanted: found.status?.desiredNumberScheduled ?? 0,
          updated: found.status?.updatedNumberScheduled ?? 0,
          available: found.status?.numberAvailable ?? 0,
        }
      );
    }
    const [found] = (await withTimeout(apps.listNamespacedDeployment(request))).items;
    return (
      found && {
        observed: isObserved(found),
        wanted: found.spec?.replicas ?? 1,
        updated: found.status?.updatedReplicas ?? 0,
        available: found.status?.availableReplicas ?? 0,
      }
    );
  }

  /**
   * Asks a DNS server of the cluster for an A record, over a port forwarded to one of its pods.
   * @returns the addresses it answered with.
   * @throws Error when no such pod runs, or none answers.
   */
  async resolve(name: string, selector: { readonly namespace: string; readonly labels: string }): Promise<string[]> {
    const core = this.config.makeApiClient(this.library.CoreV1Api);
    const pods = await withTimeout(
      core.listNamespacedPod({ namespace: selector.namespace, labelSelector: selector.labels }),
    );
    const pod = pods.items.find((candidate) => candidate.status?.phase === "Running")?.metadata?.name;
    if (pod === undefined) throw new Error("no DNS pod runs yet");
    const { encode, streamDecode } = await import("dns-packet");
    const query = encode({ type: "query", id: 1, flags: 0x0100, questions: [{ type: "A", name, class: "IN" }] });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    const reply = await this.exchange(selector.namespace, pod, 53, Buffer.concat([length, query]));
    const answers: Answer[] = streamDecode(reply).answers ?? [];
    return answers.flatMap((answer) => (answer.type === "A" ? [answer.data] : []));
  }

  /** Sends bytes to a pod's port and gives the first length-prefixed message (RFC 1035, 4.2.2) that comes back. */
  private async exchange(namespace: string, pod: string, port: number, request: Buffer): Promise<Buffer> {
    const output = new PassThrough();
    const errors = new PassThrough();
    const input = new PassThrough();
    const reply = new Promise<Buffer>((resolve, reject) => {
      let received = Buffer.alloc(0);
      output.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) resolve(received);
      });
      errors.on("data", (chunk: Buffer) => {
        reject(new Error(chunk.toString("utf8").trim()));
      });
    });
    const connection = await withTimeout(
      new this.library.PortForward(this.config).portForward(namespace, pod, [port], output, errors, input),
    );
    try {
      input.write(request);
      return await withTimeout(reply);
    } finally {
      const socket = typeof connection === "function" ? connection() : connection;
      socket?.close();
    }
  }
}

/** Whether a workload's controller has seen its newest specification. */
function isObserved({ metadata, status }: V1DaemonSet | V1Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

/** Whether a TCP connection can be made within five seconds. */
export async function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 5_000 });
    const finish = (result: boolean) => (): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", finish(true));
    socket.once("error", finish(false));
    socket.once("timeout", finish(false));
  });
}

/** The short reason in an error of the client library, whose message carries whole responses. */
export function reasonOf(error: unknown): string {
  const message =
    error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
  return message.split("\n")[0]?.slice(0, 200) ?? "unknown";
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  const cancel = new AbortController();
  try {
    return await Promise.race([
      work,
      delay(requestTimeout, undefined, { signal: cancel.signal }).then(() => {
        throw new Error(`no answer within ${String(requestTimeout / 1000)} seconds`);
      }),
    ]);
  } finally {
    cancel.abort();
  }
}
