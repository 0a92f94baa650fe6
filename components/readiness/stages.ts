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
}

/** What can be seen of one machine. */
export interface MachineObservation {
  /** Whether SSH answers; `undefined` where it cannot be seen from outside. */
  readonly ssh: boolean | undefined;
  /** The machine's Node object, once its kubelet registered. */
  readonly node: { readonly ready: boolean; readonly reason: string } | undefined;
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

/** In words, what the API is waiting for. */
export function apiText(api: ApiObservation): string {
  if (api.state === "healthy") return "API healthy";
  return api.state === "unreachable" ? `API does not answer: ${api.reason}` : `API answers, not healthy: ${api.reason}`;
}

/** The text that ends an `up` which gave up: who is stuck where, and the commands that show why. */
export function giveUpText(
  waitedMinutes: number,
  what: string,
  stuck: readonly { readonly machine: ExpectedMachine; readonly text: string }[],
): string {
  const machines = stuck.flatMap(({ machine, text }) => [
    `  ${machine.hostName} (${machine.role}): ${text}`,
    `    openstack console log show ${machine.hostName} | grep kovhernetes`,
    `    ${machine.sshCommand} sudo journalctl --no-pager -n 50 -u cloud-final -u kubelet${machine.role === "master" ? " -u etcd -u kube-apiserver" : ""}`,
  ]);
  return [
    `The cluster did not become ready within ${String(waitedMinutes)} minutes: ${what}.`,
    ...(machines.length === 0 ? [] : ["Where each machine is, and how to look:", ...machines]),
    "Nothing was undone: correct the cause and run `pulumi up` again, it continues from here.",
    "For slow machines raise the time: `pulumi config set readinessTimeoutMinutes MINUTES`.",
  ].join("\n");
}
