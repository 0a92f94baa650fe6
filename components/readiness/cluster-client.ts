import * as net from "node:net";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig, V1DaemonSet, V1Deployment } from "@kubernetes/client-node";
import type { DecodedPacket } from "dns-packet";
import { contextNames } from "./api-servers";
import { isAnswered, type ServerAnswer } from "./outside-names";
import type { ApiObservation, NodeObservation, RolloutObservation, Workload } from "./stages";

/** One request may take this long, milliseconds; a machine under load answers slowly but does answer. */
const requestTimeout = 20_000;

/** Which pods. */
export interface PodSelector {
  readonly namespace: string;
  readonly labels: string;
}

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

  /**
   * Asks `/readyz` over TLS with the administrator's certificate: of the API server that was asked last, and where that one is not healthy, of the
   * others that the kubeconfig names. What is asked afterwards goes to the one that answered.
   */
  async api(): Promise<ApiObservation> {
    const [current = "", ...others] = contextNames(this.config);
    const first = await this.apiServer();
    if (first.state === "healthy") return first;
    for (const name of others) {
      this.config.setCurrentContext(name);
      if ((await this.apiServer()).state === "healthy") return { state: "healthy" };
    }
    this.config.setCurrentContext(current);
    return first;
  }

  private async apiServer(): Promise<ApiObservation> {
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

  /** Name of the context by which the API server is asked that answered last. */
  get context(): string {
    return this.config.getCurrentContext();
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
            labels: node.metadata?.labels ?? {},
          },
        ];
      }),
    );
  }

  /** Gives a node labels and takes others from it (`null`), and leaves the rest. */
  async label(name: string, labels: Readonly<Record<string, string | null>>): Promise<void> {
    const core = this.config.makeApiClient(this.library.CoreV1Api);
    await withTimeout(
      core.patchNode(
        { name, body: { metadata: { labels } } },
        this.library.setHeaderOptions("Content-Type", this.library.PatchStrategy.MergePatch),
      ),
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
  async resolve(name: string, selector: PodSelector): Promise<string[]> {
    const [pod] = await this.running(selector);
    if (pod === undefined) throw new Error("no DNS pod runs yet");
    const [reply] = await this.question(selector.namespace, pod.name, [name]);
    return (reply?.answers ?? []).flatMap((answer) => (answer.type === "A" ? [answer.data] : []));
  }

  /** Asks every DNS server of the cluster for names, and gives what came of it. @throws Error when none runs. */
  async askEach(names: readonly string[], selector: PodSelector): Promise<readonly ServerAnswer[]> {
    const pods = await this.running(selector);
    if (pods.length === 0) throw new Error("no DNS pod runs");
    return Promise.all(
      pods.map(async ({ name, node }) => {
        const replies = await this.question(selector.namespace, name, names);
        // The library's types leave the field out.
        const codes = replies.map((reply) => (reply as unknown as { rcode: string }).rcode);
        return { node, codes, log: codes.every(isAnswered) ? "" : await this.podLog(selector.namespace, name) };
      }),
    );
  }

  private async running({ namespace, labels }: PodSelector): Promise<{ name: string; node: string }[]> {
    const core = this.config.makeApiClient(this.library.CoreV1Api);
    const { items } = await withTimeout(core.listNamespacedPod({ namespace, labelSelector: labels }));
    return items.flatMap(({ metadata, spec, status }) =>
      status?.phase === "Running" && metadata?.name !== undefined && metadata.deletionTimestamp === undefined
        ? [{ name: metadata.name, node: spec?.nodeName ?? "" }]
        : [],
    );
  }

  private async podLog(namespace: string, name: string): Promise<string> {
    const core = this.config.makeApiClient(this.library.CoreV1Api);
    return withTimeout(core.readNamespacedPodLog({ namespace, name, tailLines: 200 })).catch(() => "");
  }

  /** Puts questions for A records to a pod's DNS server, all over one forwarded port; replies come in the order of the questions. */
  private async question(namespace: string, pod: string, names: readonly string[]): Promise<DecodedPacket[]> {
    const { streamEncode, streamDecode } = await import("dns-packet");
    const request = names.map((name, id) =>
      streamEncode({ type: "query", id, flags: 0x0100, questions: [{ type: "A", name, class: "IN" }] }),
    );
    const messages = await this.exchange(namespace, pod, 53, Buffer.concat(request), names.length);
    return messages
      .map((message) => streamDecode(message) as DecodedPacket)
      .sort((one, other) => (one.id ?? 0) - (other.id ?? 0));
  }

  /** Sends bytes to a pod's port and gives the length-prefixed messages (RFC 1035, 4.2.2) that come back, as many as are wanted. */
  private async exchange(
    namespace: string,
    pod: string,
    port: number,
    request: Buffer,
    wanted: number,
  ): Promise<Buffer[]> {
    const output = new PassThrough();
    const errors = new PassThrough();
    const input = new PassThrough();
    const replies = new Promise<Buffer[]>((resolve, reject) => {
      let received = Buffer.alloc(0);
      const messages: Buffer[] = [];
      output.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
          const length = received.readUInt16BE(0) + 2;
          messages.push(received.subarray(0, length));
          received = received.subarray(length);
        }
        if (messages.length >= wanted) resolve(messages);
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
      return await withTimeout(replies);
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
