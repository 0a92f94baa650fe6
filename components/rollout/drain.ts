import { setTimeout as delay } from "node:timers/promises";
import type { DrainedPod, DrainingCluster } from "./draining-cluster";
import { patiently } from "./patience";

/** How long, and how it is told. */
export interface DrainArgs {
  /** Time for a node's pods to go, minutes; 0 lets them end with their machine. */
  readonly minutes: number;
  readonly report: (line: string) => void;
  /** Waits between two looks; replaced in tests. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
}

const interval = 3_000;

/**
 * Empties a node and removes its Node object: no new pods, an eviction of every pod that does not go with the machine, and a wait until they
 * have ended and no service sends its clients to one. Pods of a node that is not Ready cannot tell that they ended: they go with its Node object.
 *
 * @returns whether there was such a node
 * @throws Error naming every pod that is left, and why, when the time is over, or what the API server fails to answer still; the node stays
 *   cordoned, and has its object
 */
export async function drain(draining: DrainingCluster, node: string, args: DrainArgs): Promise<boolean> {
  const { pause = delay, now = Date.now } = args;
  // The API is asked again for a while also where pods have no time to go.
  const deadline = now() + Math.max(args.minutes, 1) * 60_000;
  const report = (line: string): void => {
    args.report(`${node}: ${line}`);
  };
  const cluster = patiently(draining, { deadline, now, pause: () => pause(interval), report });
  const state = await cluster.cordon(node);
  if (state === "absent") return false;
  if (args.minutes === 0) {
    // The next machine's kubelet would take over a Node object that is still there, cordon and old identity included.
    await cluster.deleteNode(node);
    report("removed without draining");
    return true;
  }
  report("cordoned, draining");
  const told = new Set<string>();
  for (;;) {
    const pods = await cluster.pods(node);
    const reasons = new Set(pods.flatMap(({ reason }) => reason ?? []));
    for (const reason of reasons) if (!told.has(reason)) report(reason);
    for (const reason of reasons) told.add(reason);
    const isOver = now() > deadline;
    const left = pods.filter(({ stays, lastResort }) => !stays && !(isOver && lastResort !== undefined));
    const refusals = new Map<string, string>();
    for (const pod of left.filter(({ ending }) => !ending)) {
      const { refused } = await cluster.evict(pod);
      if (refused !== undefined) refusals.set(nameOf(pod), refused);
    }
    const waited = state === "ready" ? left : left.filter((pod) => refusals.has(nameOf(pod)));
    const served = waited.length > 0 || state !== "ready" ? [] : await servedFor(cluster, node, pods);
    if (waited.length === 0 && served.length === 0) {
      if (isOver) for (const reason of new Set(pods.flatMap(({ lastResort }) => lastResort ?? []))) report(reason);
      break;
    }
    if (isOver) {
      const lines = waited.map((pod) => `${nameOf(pod)}: ${refusals.get(nameOf(pod)) ?? "has not ended yet"}`);
      const stale = served.map((name) => `${name}: has ended, and services still send clients to it`);
      throw new Error(leftText(node, args.minutes, [...lines, ...stale]));
    }
    await pause(interval);
  }
  await cluster.deleteNode(node);
  report("drained");
  return true;
}

/**
 * Lets pods again on nodes that an earlier update cordoned and did not come to replace. A node that an administrator cordoned stays so.
 * @param staying nodes that no update is about to drain
 */
export async function release(
  cluster: Pick<DrainingCluster, "marked" | "uncordon">,
  staying: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const marked = await cluster.marked();
  for (const { name, cordoned } of marked.filter((node) => staying.includes(node.name))) {
    await cluster.uncordon(name);
    if (cordoned) report(`${name}: takes pods again; an earlier update had cordoned it, and this one keeps it`);
  }
}

function nameOf({ namespace, name }: DrainedPod): string {
  return `${namespace}/${name}`;
}

/** Pods that have left, and of which the services do not know it yet; those that go with the machine serve to its end. */
async function servedFor(cluster: DrainingCluster, node: string, pods: readonly DrainedPod[]): Promise<string[]> {
  const staying = new Set(pods.filter(({ stays, lastResort }) => stays || lastResort !== undefined).map(nameOf));
  return (await cluster.served(node)).filter((name) => !staying.has(name));
}

function leftText(node: string, minutes: number, left: readonly string[]): string {
  return [
    `${node} was not drained within ${minutes} minutes. Left on it:`,
    ...left.map((line) => `  ${line}`),
    `Its machine was not touched; it takes no new pods (\`kubectl uncordon ${node}\` undoes that). Run \`pulumi up\` again to go on, with more`,
    "time by `pulumi config set drainMinutes MINUTES`; 0 goes on without draining. An `up` that is to keep the machine lets pods on it again.",
  ].join("\n");
}
