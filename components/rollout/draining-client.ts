import type { CoreV1Api, V1Node, V1Pod } from "@kubernetes/client-node";
import { reasonOf } from "../readiness/cluster-client";
import type { DrainedPod, DrainingCluster, Eviction, MarkedNode } from "./draining-cluster";
import { hasOtherPlace, isClusterDns, isOpen } from "./other-place";
import { PassingFailure } from "./patience";

/** Its disruption budget, which is this program's own, would never allow to evict the last of its pods. */
const dnsReason = "cluster DNS goes with the machine, since no other takes its pods, and is back with the new one";
const closedReason =
  "cluster DNS goes with the machine, since no other that takes its pods became Ready in time, and is back with the first that does";
const notFound = 404;
/** The API server's answer where a disruption budget does not allow an eviction now. */
const tooManyRequests = 429;
/** Tells a node that an update cordoned from one that an administrator did; its value is when, RFC 3339. */
const cordonAnnotation = "kovhernetes/cordoned";
/** The annotation in a JSON patch (RFC 6901). */
const cordonPath = `/metadata/annotations/${cordonAnnotation.replace("/", "~1")}`;

/** The cluster as one who drains sees it. @param kubeconfig text of an administrator's kubeconfig; secret */
export async function drainingClient(kubeconfig: string): Promise<DrainingCluster> {
  const library = await import("@kubernetes/client-node");
  const config = new library.KubeConfig();
  config.loadFromString(kubeconfig);
  const core = config.makeApiClient(library.CoreV1Api);
  const discovery = config.makeApiClient(library.DiscoveryV1Api);
  const codeOf = (error: unknown): number | undefined =>
    error instanceof library.ApiException ? error.code : undefined;
  const asked = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      if (!isPassing(codeOf(error))) throw error;
      throw new PassingFailure(`the API does not answer: ${reasonOf(error)}`, { cause: error });
    }
  };
  return {
    cordon: (name) => asked(() => cordon(core, name)),
    open: async () =>
      (await asked(() => core.listNode())).items.filter(isOpen).flatMap(({ metadata }) => metadata?.name ?? []),
    marked: async () => (await core.listNode()).items.flatMap(markedNode),
    uncordon: async (name) => {
      const body = [
        { op: "add", path: "/spec/unschedulable", value: false },
        { op: "remove", path: cordonPath },
      ];
      await core.patchNode({ name, body });
    },
    pods: async (node) => {
      const fieldSelector = `spec.nodeName=${node}`;
      const { items } = await asked(() => core.listPodForAllNamespaces({ fieldSelector }));
      if (!items.some(isClusterDns)) return items.map(drainedPod);
      const nodes = await asked(() => core.listNode());
      return items.map((pod) => {
        if (!isClusterDns(pod)) return drainedPod(pod);
        if (!hasOtherPlace(pod, node, nodes.items)) return { ...drainedPod(pod), stays: true, reason: dnsReason };
        const isAnyOpen = hasOtherPlace(pod, node, nodes.items.filter(isOpen));
        return { ...drainedPod(pod), ...(isAnyOpen ? {} : { lastResort: closedReason }) };
      });
    },
    served: async (node) => {
      const { items } = await asked(() => discovery.listEndpointSliceForAllNamespaces());
      return items
        .flatMap((slice) => slice.endpoints ?? [])
        .filter((endpoint) => endpoint.nodeName === node && endpoint.targetRef?.kind === "Pod")
        .map(({ targetRef }) => `${targetRef?.namespace ?? ""}/${targetRef?.name ?? ""}`);
    },
    evict: async ({ namespace, name }): Promise<Eviction> => {
      try {
        const metadata = Object.assign(new library.V1ObjectMeta(), { namespace, name });
        const body = Object.assign(new library.V1Eviction(), { metadata });
        await asked(() => core.createNamespacedPodEviction({ namespace, name, body }));
        return {};
      } catch (error) {
        if (codeOf(error) === notFound) return {};
        if (codeOf(error) === tooManyRequests) return { refused: messageOf(error) };
        if (error instanceof PassingFailure) throw error;
        throw new Error(`${namespace}/${name} could not be evicted: ${reasonOf(error)}`, { cause: error });
      }
    },
    deleteNode: async (name) => {
      try {
        await asked(() => core.deleteNode({ name }));
      } catch (error) {
        if (codeOf(error) !== notFound) throw error;
      }
    },
  };
}

/** Whether an answer's status, or the lack of one, tells of a server that fails at the moment rather than of a question that it refuses. */
function isPassing(code: number | undefined): boolean {
  return code === undefined || code >= 500;
}

async function cordon(core: CoreV1Api, name: string): Promise<"absent" | "ready" | "notReady"> {
  const [node] = (await core.listNode({ fieldSelector: `metadata.name=${name}` })).items;
  if (node === undefined) return "absent";
  if (node.spec?.unschedulable !== true) {
    const body = [
      ...(node.metadata?.annotations === undefined ? [{ op: "add", path: "/metadata/annotations", value: {} }] : []),
      { op: "add", path: cordonPath, value: new Date().toISOString() },
      { op: "add", path: "/spec/unschedulable", value: true },
    ];
    await core.patchNode({ name, body });
  }
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? "ready" : "notReady";
}

function markedNode({ metadata, spec }: V1Node): MarkedNode[] {
  if (metadata?.annotations?.[cordonAnnotation] === undefined) return [];
  return [{ name: metadata.name ?? "", cordoned: spec?.unschedulable === true }];
}

function drainedPod({ metadata, status }: V1Pod): DrainedPod {
  const isMirror = metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  const isDaemons =
    metadata?.ownerReferences?.some(({ kind, controller }) => kind === "DaemonSet" && controller) ?? false;
  const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
  return {
    namespace: metadata?.namespace ?? "",
    name: metadata?.name ?? "",
    stays: isMirror || isDaemons || hasEnded,
    ending: metadata?.deletionTimestamp !== undefined,
  };
}

/** The API server's own words, which are JSON in the body of its answer. */
function messageOf(error: unknown): string {
  const body = error instanceof Error && "body" in error ? String(error.body) : "";
  try {
    const { message, details } = JSON.parse(body) as {
      message?: string;
      details?: { causes?: { message?: string }[] };
    };
    return [message, ...(details?.causes ?? []).map((cause) => cause.message)].filter(Boolean).join(" ");
  } catch {
    return reasonOf(error);
  }
}
