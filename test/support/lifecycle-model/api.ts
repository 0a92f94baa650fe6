import { toldTo, type NodeObject, type Pod } from "./cloud";
import type { World } from "./world";

class ApiException extends Error {
  constructor(
    readonly code: number,
    readonly body: string,
  ) {
    super(body);
  }
}

/** Asked for by these alone. */
const CoreV1Api = Symbol("CoreV1Api");
const DiscoveryV1Api = Symbol("DiscoveryV1Api");

/** An object of the API before it has fields. */
class Plain {
  readonly apiVersion: string | undefined = undefined;
}

/**
 * `@kubernetes/client-node` as draining uses it, on the API of a world. What changes something is a step of the update.
 * @param current the world in which the program runs
 */
export function kubernetesLibrary(current: () => World) {
  const reached = () => {
    const etcd = current().cluster.api();
    if (etcd === undefined) throw new Error("connect ECONNREFUSED");
    return etcd;
  };
  const nodeObject = (node: NodeObject) => {
    const server = current().cloud.servers.get(node.serverId);
    return {
      metadata: { name: node.name, annotations: node.isMarked ? { "kovhernetes/cordoned": "2026" } : {} },
      spec: { unschedulable: node.isCordoned, taints: server === undefined ? [] : toldTo(server).taints },
      status: { conditions: [{ type: "Ready", status: current().cluster.isReady(node) ? "True" : "Unknown" }] },
    };
  };
  const podObject = ({ name }: Pod) => ({
    metadata: {
      name,
      namespace: "kube-system",
      labels: { "k8s-app": "kube-dns" },
      ownerReferences: [{ kind: "ReplicaSet", controller: true }],
    },
    spec: { tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }] },
    status: { phase: "Running" },
  });
  const core = {
    listNode: async ({ fieldSelector = "" }: { fieldSelector?: string } = {}) => {
      await Promise.resolve();
      const name = fieldSelector.split("=")[1];
      const nodes = [...reached().nodes.values()].filter((node) => name === undefined || node.name === name);
      return { items: nodes.map(nodeObject) };
    },
    patchNode: async ({
      name,
      body,
    }: {
      name: string;
      body: readonly { op: string; path: string; value?: unknown }[];
    }) => {
      await current().step(`patch Node ${name}`);
      const node = reached().nodes.get(name);
      if (node === undefined) throw new ApiException(404, "not found");
      for (const { op, path, value } of body) {
        if (path === "/spec/unschedulable") {
          if (value === true) current().watch.cordoning(name, current().cluster.available(name));
          node.isCordoned = value === true;
        } else if (path.includes("cordoned")) node.isMarked = op === "add";
      }
    },
    listPodForAllNamespaces: async ({ fieldSelector = "" }: { fieldSelector?: string }) => {
      await Promise.resolve();
      const name = fieldSelector.split("=")[1];
      return {
        items: reached()
          .pods.filter(({ node }) => node === name)
          .map(podObject),
      };
    },
    createNamespacedPodEviction: async ({ name }: { name: string }) => {
      await Promise.resolve();
      reached();
      const { refused } = current().cluster.evict(name);
      if (refused !== undefined) throw new ApiException(429, JSON.stringify({ message: refused }));
    },
    deleteNode: async ({ name }: { name: string }) => {
      await current().step(`delete Node ${name}`);
      if (!reached().nodes.has(name)) throw new ApiException(404, "not found");
      current().cluster.deleteNode(name);
    },
  };
  const discovery = { listEndpointSliceForAllNamespaces: () => Promise.resolve({ items: [] }) };
  return {
    ApiException,
    CoreV1Api,
    DiscoveryV1Api,
    V1ObjectMeta: Plain,
    V1Eviction: Plain,
    KubeConfig: class {
      readonly text: string[] = [];
      loadFromString(text: string): void {
        this.text.push(text);
      }
      makeApiClient(api: unknown): object {
        return api === CoreV1Api ? core : discovery;
      }
    },
  };
}
