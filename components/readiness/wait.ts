import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { answers, ClusterClient, reasonOf } from "./cluster-client";
import { dnsProblem, OutsideNames, type DnsExpectation } from "./dns";
import { listener } from "./listener";
import type { Progress } from "./progress";
import type { Teller } from "./progress-log";
import { missingRoles } from "./roles";
import {
  apiText,
  giveUpText,
  machineStage,
  lostText,
  rolloutText,
  stageWithWords,
  type ApiObservation,
  type ExpectedMachine,
  type NodeObservation,
  type StuckMachine,
  type Workload,
} from "./stages";

/** Time between two looks at the cluster, milliseconds. */
const interval = 2_000;

/** How a wait is bounded and told. */
export interface WaitArgs extends Teller {
  /** Text of a kubeconfig; secret. */
  readonly kubeconfig: string;
  readonly machines: readonly ExpectedMachine[];
  readonly timeoutMinutes: number;
  readonly progress: Progress;
}

/** What must work inside the cluster. */
export interface AddonExpectation {
  /** Rolled out on every machine that they are for. */
  readonly workloads: readonly Workload[];
  readonly dns: DnsExpectation;
}

/**
 * Waits until the API answers over TLS and calls itself ready.
 * @param recorded what the stack's state has in the cluster from earlier updates
 * @throws pulumi.RunError when the time is over, saying where each machine is and how to look; and at once where the cluster has not what is
 * recorded: no machine becomes Ready without its pod network, and the engine makes nothing that it takes for made
 */
export async function waitForApi(args: WaitArgs, recorded: readonly Workload[] = []): Promise<void> {
  const client = await ClusterClient.create(args.kubeconfig);
  const { tell, progress } = args;
  const observe = observer(args, client);
  const listen = listener(args);
  await until(args, async () => {
    const api = await client.api();
    if (api.state === "healthy") {
      tell("api", apiText(api));
      const lost = await lostWorkloads(client, recorded);
      if (lost.length > 0) throw new pulumi.RunError(lostText(lost));
      progress.end("api");
      return undefined;
    }
    tell(
      "api",
      api.state === "unreachable" ? "waiting for the API to answer" : "API answers, waiting for it to be healthy",
    );
    const stuck = await listen(await observe(api));
    for (const machine of stuck) tell(machine.machine.hostName, machineText(machine));
    return { what: apiText(api), stuck };
  });
}

/**
 * Waits until every expected machine is a Ready node, the add-ons are rolled out and cluster DNS answers.
 * @throws pulumi.RunError when the time is over, saying where each machine is and how to look.
 */
export async function waitForCluster(args: WaitArgs, addons: AddonExpectation): Promise<void> {
  const client = await ClusterClient.create(args.kubeconfig);
  const namesMinutes = args.timeoutMinutes / 4;
  const outsideNames = new OutsideNames(client, addons.dns, args, namesMinutes);
  const { tell, progress } = args;
  const observe = observer(args, client);
  const listen = listener(args);
  await until(args, async () => {
    const api = await client.api();
    tell("api", apiText(api));
    const stages = await observe(api);
    const stuck = await listen(stages.filter(({ stage }) => stage !== "ready"));
    // Of a machine that was Ready all the time there is nothing to tell.
    const ready = stages.filter(({ stage, machine }) => stage === "ready" && progress.isTold(machine.hostName));
    for (const machine of [...ready, ...stuck]) tell(machine.machine.hostName, machineText(machine));
    if (api.state !== "healthy") return { what: apiText(api), stuck };
    if (stuck.length > 0)
      return { what: `${String(stuck.length)} of ${String(stages.length)} machines are not Ready`, stuck };
    tell("nodes", stages.length === 1 ? "the machine is Ready" : `all ${stages.length} machines are Ready`);
    progress.end("nodes");
    await nameRoles(args, client);
    const unfinished = await unfinishedRollouts(client, addons.workloads);
    if (unfinished.length > 0) {
      tell("addons", `waiting for add-ons: ${unfinished.join("; ")}`);
      return { what: `add-ons are not rolled out: ${unfinished.join("; ")}`, stuck: [] };
    }
    const problem = await dnsProblem(client, addons.dns);
    if (problem !== undefined) {
      tell("dns", `waiting for cluster DNS: ${problem}`);
      return { what: `cluster DNS does not answer: ${problem}`, stuck: [] };
    }
    tell("dns", "cluster DNS answers");
    const outside = await outsideNames.problem();
    if (outside?.isFinal === true)
      throw new pulumi.RunError(giveUpText(namesMinutes, outside.text, [], masterOf(args.machines)));
    if (outside !== undefined) return { what: outside.text, stuck: [] };
    progress.end("cluster");
    return undefined;
  });
}

/**
 * Waits until one machine is a Ready node, and not the machine that had its name before.
 * @throws pulumi.RunError when the time is over, saying where it is and how to look.
 */
export async function waitForNode(args: WaitArgs): Promise<void> {
  // A kubelet that does not know its server gives no identifier. The earlier machine's Node object is removed before its server, but for that of a
  // master whose API was down: its provider ID is never changed, and what the new kubelet reports of its machine is.
  const isNew = ({ node, machine: { serverId } }: MachineState): boolean =>
    node !== undefined &&
    (node.providerId === "" || node.providerId.endsWith(`/${serverId}`) || node.systemUuid === serverId);
  await untilReady(args, "the new machine is not Ready", isNew);
}

/**
 * Waits until machines are Ready nodes, whichever servers they are.
 * @throws pulumi.RunError when the time is over, saying where each is and how to look.
 */
export async function waitForNodes(args: WaitArgs): Promise<void> {
  await untilReady(args, "machines that have to be Ready first are not", () => true);
}

type MachineState = Awaited<ReturnType<ReturnType<typeof observer>>>[number];

async function untilReady(args: WaitArgs, what: string, isIt: (machine: MachineState) => boolean): Promise<void> {
  const client = await ClusterClient.create(args.kubeconfig);
  const { tell } = args;
  const observe = observer(args, client);
  const listen = listener(args);
  await until(args, async () => {
    const stages = await observe(await client.api());
    const stuck = await listen(
      stages
        .filter((machine) => machine.stage !== "ready" || !isIt(machine))
        .map((machine) =>
          machine.stage === "ready" ? { ...machine, text: "the node of the earlier machine is still there" } : machine,
        ),
    );
    for (const machine of stuck) tell(machine.machine.hostName, machineText(machine));
    return stuck.length === 0 ? undefined : { what, stuck };
  });
}

/** Looks at machines; while the API does not tell, their nodes are as it told last. */
function observer(args: WaitArgs, client: ClusterClient) {
  let nodes: ReadonlyMap<string, NodeObservation> = new Map();
  return async (api: ApiObservation) => {
    if (api.state === "healthy") {
      try {
        nodes = await client.nodes();
      } catch (error) {
        args.report(`cannot list nodes now: ${reasonOf(error)}`);
      }
    }
    return Promise.all(
      args.machines.map(async (machine) => {
        const node = nodes.get(machine.hostName);
        // Once the kubelet has registered, the machine has evidently booted.
        const ssh =
          node !== undefined || machine.publicAddress === undefined
            ? undefined
            : await answers(machine.publicAddress, 22);
        return { machine, node, ...machineStage({ ssh, node }) };
      }),
    );
  };
}

/** Nothing but what `kubectl get nodes` shows hangs on roles: whoever refuses them, an admission webhook for instance, does not end `up`. */
async function nameRoles(args: WaitArgs, client: ClusterClient): Promise<void> {
  try {
    for (const { name, labels } of missingRoles(args.machines, await client.nodes())) await client.label(name, labels);
  } catch (error) {
    args.warn(
      `\`kubectl get nodes\` does not show every node's role: ${reasonOf(error)}. The next \`pulumi up\` tries again.`,
    );
  }
}

function machineText({ machine, text, words }: StuckMachine): string {
  return `${machine.hostName}: ${stageWithWords(text, words)}`;
}

/** Of workloads, those that are not there; whoever cannot tell says none. */
async function lostWorkloads(client: ClusterClient, workloads: readonly Workload[]): Promise<readonly Workload[]> {
  const found = await Promise.all(
    workloads.map((workload) => client.rollout(workload).catch(() => "unknown" as const)),
  );
  return workloads.filter((_, index) => found[index] === undefined);
}

async function unfinishedRollouts(client: ClusterClient, workloads: readonly Workload[]): Promise<string[]> {
  try {
    const texts = workloads.map(async (workload) => rolloutText(workload, await client.rollout(workload)));
    return (await Promise.all(texts)).filter((text) => text !== undefined);
  } catch (error) {
    return [reasonOf(error)];
  }
}

const masterOf = (machines: readonly ExpectedMachine[]): ExpectedMachine | undefined =>
  machines.find(({ role }) => role === "master");

interface Unfinished {
  readonly what: string;
  readonly stuck: readonly StuckMachine[];
}

/** Looks again and again until nothing is unfinished or the time is over. */
async function until(args: WaitArgs, look: () => Promise<Unfinished | undefined>): Promise<void> {
  const deadline = Date.now() + args.timeoutMinutes * 60_000;
  for (;;) {
    const unfinished = await look();
    if (unfinished === undefined) return;
    args.progress.wait();
    if (Date.now() > deadline) {
      const stuck = unfinished.stuck.map((one) => ({
        ...one,
        text: `${one.text} (for ${args.progress.duration(one.machine.hostName)})`,
      }));
      throw new pulumi.RunError(giveUpText(args.timeoutMinutes, unfinished.what, stuck, masterOf(args.machines)));
    }
    await delay(interval);
  }
}
