import type { ReadinessConfig } from "../model/cluster";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "./machines";

/** What happens to one machine in this update. */
export type MachineChange = "create" | "keep" | "replace";

/**
 * Inputs of a server that only a new server can take on, or that would have the cloud rebuild or restart it where it is:
 * in terraform-provider-openstack 1.54 `user_data`, `availability_zone`, `key_pair`, `config_drive` and `network` force a new server,
 * `image_name` rebuilds it in place (an update in the preview, and a blank disk) and `flavor_name` restarts it. Networks never change here, but
 * a refresh reads them from the cloud, where somebody may have given the server another interface. `metadata` tells what the server was made
 * with: it changes with the user data, and only with it.
 */
export const inputsOfNewServers = [
  "availabilityZone",
  "configDrive",
  "flavorName",
  "imageName",
  "keyPair",
  "metadata",
  "networks",
  "userData",
] as const;

/** Whether a machine stays as it is: it does unless its generation or the Kubernetes release was changed. */
export function machineChange(plan: MachinePlan, recorded: readonly RecordedMachine[]): MachineChange {
  const record = recorded.find(({ name }) => name === plan.hostName);
  if (record === undefined) return "create";
  const isSame = record.generation === plan.shape.generation && record.kubernetes === plan.kubernetes;
  return isSame ? "keep" : "replace";
}

/** Whether machines stay that were made with a key pair of the cloud. */
export function namesKeyPair(plans: readonly MachinePlan[], recorded: readonly RecordedMachine[]): boolean {
  return plans.some((plan) => {
    const record = recorded.find(({ name }) => name === plan.hostName);
    return record?.keyPair !== undefined && machineChange(plan, recorded) === "keep";
  });
}

/** Nodes of the stack that the configuration no longer has. */
export function removedMachines(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly RecordedMachine[] {
  const planned = new Set(plans.map(({ hostName }) => hostName));
  return recorded.filter(({ name }) => !planned.has(name));
}

/** Key of the stack configuration that holds a machine's generation. */
export function generationKey({ role, pool }: MachinePlan): string {
  return role === "master" ? "master.generation" : `nodePools.${pool ?? ""}.generation`;
}

/** The value of `etcdRestore` that a machine was made with, after this update. */
export function restoreOf(
  plan: MachinePlan,
  recorded: readonly RecordedMachine[],
  restore: string | undefined,
): string | undefined {
  if (plan.role !== "master") return undefined;
  const record = recorded.find(({ name }) => name === plan.hostName);
  return machineChange(plan, recorded) === "keep" ? record?.etcdRestore : restore;
}

/**
 * Whether the API answers while this update replaces masters: another one does, since one alone is away at a time and the others are seen to serve
 * before. Not where nothing is waited for, and not while etcd's data is made anew, which no running member may keep.
 */
export function isApiKept(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  { timeoutMinutes }: Pick<ReadinessConfig, "timeoutMinutes">,
  restore: string | undefined,
): boolean {
  const masters = plans.filter(({ role }) => role === "master");
  const replaced = masters.filter((plan) => machineChange(plan, recorded) === "replace");
  const isRestored = (plan: MachinePlan): boolean =>
    restore !== undefined && recorded.find(({ name }) => name === plan.hostName)?.etcdRestore !== restore;
  return replaced.length === 0 || (masters.length > 1 && timeoutMinutes > 0 && !replaced.some(isRestored));
}

/** Machines by the key that replaces them, with the generation that it has to be raised to. */
export function byGeneration<Machine extends { readonly plan: MachinePlan }>(all: readonly Machine[]) {
  return [...new Set(all.map(({ plan }) => generationKey(plan)))].map((key) => {
    const machines = all.filter(({ plan }) => generationKey(plan) === key);
    return { key, next: Math.max(...machines.map(({ plan }) => plan.shape.generation)) + 1, machines };
  });
}
