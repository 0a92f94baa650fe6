import { askAgain, pausesUntil } from "../cloud/ask-again";
import type { DrainingCluster } from "./draining-cluster";

/** An API server that fails at the moment, or a connection that broke: the same question may be answered later. */
export class PassingFailure extends Error {}

/** How long to ask again, and how it is told. */
export interface PatienceArgs {
  /** Time after which a failure is final, milliseconds since 1970. */
  readonly deadline: number;
  readonly now: () => number;
  readonly pause: () => Promise<unknown>;
  readonly report: (line: string) => void;
}

/** The same cluster, asked again where it fails to answer: a busy API server is no reason to end a drain. */
export function patiently(cluster: DrainingCluster, args: PatienceArgs): DrainingCluster {
  let told = "";
  const again = <T>(question: () => Promise<T>): Promise<T> =>
    askAgain(question, {
      pauses: pausesUntil(args.deadline, 0, args.now),
      isFinal: (error) => !(error instanceof PassingFailure),
      onFailure: (error) => {
        const message = (error as PassingFailure).message;
        if (message !== told) args.report(`asking again: ${message}`);
        told = message;
      },
      pause: args.pause,
    });
  return {
    ...cluster,
    cordon: (node) => again(() => cluster.cordon(node)),
    pods: (node) => again(() => cluster.pods(node)),
    served: (node) => again(() => cluster.served(node)),
    evict: (pod) => again(() => cluster.evict(pod)),
    deleteNode: (node) => again(() => cluster.deleteNode(node)),
  };
}
