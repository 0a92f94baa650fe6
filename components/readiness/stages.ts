import type { MachineWords } from "./console";

/** What can be seen of the API from where `pulumi up` runs. */
export type ApiObservation =
  { readonly state: "unreachable" | "unhealthy"; readonly reason: string } | { readonly state: "healthy" };

/** A machine that the cluster is expected to have. */
export interface ExpectedMachine {
  readonly hostName: string;
  readonly role: "master" | "node";
  /** How to reach the machine by SSH. */
  readonly sshCommand: string;
  /** Address that answers to SSH from outside, if the machine has one. */
  readonly publicAddress: string | undefined;
  /** Identifier of its server in the cloud. */
  readonly serverId: string;
  /** Label key by which `kubectl get nodes` shows what the machine is for; absent where it is for nothing in particular. */
  readonly roleLabel?: string;
}

/** What a Node object says. */
export interface NodeObservation {
  readonly ready: boolean;
  readonly reason: string;
  /** Identifier of the server whose kubelet registered the node, as `openstack:///IDENTIFIER`; empty when it gave none. */
  readonly providerId: string;
  /** Identifier that the machine's hardware gives, which Nova sets to the server's; empty when it gives none. */
  readonly systemUuid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What can be seen of one machine. */
export interface MachineObservation {
  /** Whether SSH answers; `undefined` where it cannot be seen from outside. */
  readonly ssh: boolean | undefined;
  /** The machine's Node object, once its kubelet registered. */
  readonly node: NodeObservation | undefined;
}

export type Stage = "booting" | "configuring" | "registered" | "ready";

/** The stage a machine is in, and in words what it waits for. */
export function machineStage(observation: MachineObservation | undefined): { stage: Stage; text: string } {
  if (observation?.node?.ready === true) return { stage: "ready", text: "Ready" };
  if (observation?.node !== undefined) {
    return { stage: "registered", text: `registered, not Ready: ${observation.node.reason}` };
  }
  if (observation?.ssh === true) {
    return { stage: "configuring", text: "booted, SSH answers; its kubelet has not registered yet" };
  }
  if (observation?.ssh === false) return { stage: "booting", text: "server made; SSH does not answer yet" };
  return { stage: "booting", text: "server made; its kubelet has not registered yet" };
}

/** The stage of a machine with the machine's own words to it. */
export function stageWithWords(text: string, words: MachineWords | undefined): string {
  return words?.stage === undefined ? text : `${text}; it says: ${words.stage}`;
}

/** In words, what the API is waiting for. */
export function apiText(api: ApiObservation): string {
  if (api.state === "healthy") return "API healthy";
  return api.state === "unreachable" ? `API does not answer: ${api.reason}` : `API answers, not healthy: ${api.reason}`;
}

/** A workload of the cluster that has to be rolled out everywhere. */
export interface Workload {
  readonly kind: "DaemonSet" | "Deployment";
  readonly namespace: string;
  readonly name: string;
}

/** How far a workload's controller has got, as its `status` says. */
export interface RolloutObservation {
  /** Whether the controller has seen the newest specification; what it counted before says nothing about that one. */
  readonly observed: boolean;
  /** Numbers of pods. */
  readonly wanted: number;
  readonly updated: number;
  readonly available: number;
}

/** In words, what a workload still lacks; `undefined` once every pod is the newest one and available. */
export function rolloutText(
  { namespace, name }: Workload,
  rollout: RolloutObservation | undefined,
): string | undefined {
  if (rollout === undefined) return `${namespace}/${name} does not exist`;
  const { observed, wanted, updated, available } = rollout;
  if (!observed) return `${namespace}/${name} has not been looked at by its controller`;
  if (updated >= wanted && available >= wanted) return undefined;
  return `${namespace}/${name}: ${String(updated)} of ${String(wanted)} pods are up to date, ${String(available)} available`;
}

/** The text that ends an `up` which finds a cluster without what the stack's state has in it. */
export function lostText(workloads: readonly Workload[]): string {
  const names = workloads.map(({ namespace, name }) => `${namespace}/${name}`).join(", ");
  return [
    `The cluster has no ${names}, which this stack's state has: etcd began empty, as it does where a master is replaced and its data went with it, or somebody deleted them.`,
    "Two commands put them into the cluster; the first takes out of the state what is no more:",
    "    pulumi refresh",
    "    pulumi up",
  ].join("\n");
}

/** A machine that did not get as far as it had to. */
export interface StuckMachine {
  readonly machine: ExpectedMachine;
  readonly text: string;
  /** What it said on its console, where that could be read. */
  readonly words?: MachineWords | undefined;
}

/** The end of a console on which the machine itself did not say a word. */
function consoleTail(words: MachineWords | undefined): readonly string[] {
  if (words === undefined || words.stage !== undefined || words.tail.length === 0) return [];
  return ["    its console ends:", ...words.tail.map((line) => `      ${line}`)];
}

/**
 * The text that ends an `up` which gave up: who is stuck where, and the commands that show why.
 * @param master where to look at pods when no machine is stuck, if there is one
 */
export function giveUpText(
  waitedMinutes: number,
  what: string,
  stuck: readonly StuckMachine[],
  master?: ExpectedMachine,
): string {
  const machines = stuck.flatMap(({ machine, text, words }) => [
    `  ${machine.hostName} (${machine.role}): ${stageWithWords(text, words)}`,
    ...(words?.problems ?? []).map((problem) => `    it cannot go on: ${problem}`),
    ...consoleTail(words),
    `    openstack console log show ${machine.hostName} | grep kovhernetes`,
    `    ${machine.sshCommand} sudo journalctl --no-pager -n 50 -u cloud-final -u kubelet${machine.role === "master" ? " -u etcd -u kube-apiserver" : ""}`,
  ]);
  // The administrator's kubeconfig is an output of an `up` that ends well; this one is on the master and may read pods in every mode.
  const pods = "sudo kubectl --kubeconfig /etc/kubernetes/kube-scheduler.kubeconfig get pods --all-namespaces -o wide";
  const inside =
    stuck.length > 0 || master === undefined
      ? []
      : [
          "How to look, at pods and at what each machine says of itself:",
          `    ${master.sshCommand} ${pods}`,
          `    openstack console log show ${master.hostName} | grep kovhernetes    # and so for every machine`,
        ];
  return [
    `The cluster did not become ready within ${String(waitedMinutes)} minutes: ${what}.`,
    ...(machines.length === 0 ? [] : ["Where each machine is, and how to look:", ...machines]),
    ...inside,
    "Nothing was undone: correct the cause and run `pulumi up` again, it continues from here.",
    "For slow machines raise the time: `pulumi config set readinessTimeoutMinutes MINUTES`.",
  ].join("\n");
}
