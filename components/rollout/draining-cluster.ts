/** A pod as far as draining is concerned. */
export interface DrainedPod {
  readonly namespace: string;
  readonly name: string;
  /** Whether it goes with its machine: a DaemonSet's, a static one's mirror, one that has ended, or cluster DNS that has no other place. */
  readonly stays: boolean;
  /** Why it goes with its machine, where that is worth a word. */
  readonly reason?: string;
  /** Why it may go with its machine once the time is over: cluster DNS whose other places are none at the moment. */
  readonly lastResort?: string;
  /** Whether it has been told to end. */
  readonly ending: boolean;
}

/** What the API server answers to an eviction. */
export type Eviction = { readonly refused?: undefined } | { readonly refused: string };

/** What draining needs of the API. */
export interface DrainingCluster {
  /** Keeps new pods from a node; gives its state. */
  cordon(node: string): Promise<"absent" | "ready" | "notReady">;
  /** Names of nodes that take pods at the moment: Ready and not cordoned. */
  open(): Promise<readonly string[]>;
  /** Nodes that `cordon` has cordoned, which an administrator's are not, and whether they are so still. */
  marked(): Promise<readonly MarkedNode[]>;
  /** Lets new pods on a node again, and forgets that `cordon` kept them from it. */
  uncordon(node: string): Promise<void>;
  pods(node: string): Promise<readonly DrainedPod[]>;
  /** `NAMESPACE/NAME` of pods on a node to which services still send their clients. */
  served(node: string): Promise<readonly string[]>;
  /** Asks for an end that respects disruption budgets (https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/). */
  evict(pod: DrainedPod): Promise<Eviction>;
  /** Removes the Node object; its machine's kubelet makes no new one. */
  deleteNode(node: string): Promise<void>;
}

/** A node that an update cordoned. */
export interface MarkedNode {
  readonly name: string;
  readonly cordoned: boolean;
}
