import { byGeneration, generationKey, isApiKept, machineChange, removedMachines } from "../plan/lifecycle";
import type { RecordedMachine } from "../model/recorded";
import { waitingSettings } from "../plan/made-with";
import type { MachinePlan } from "../plan/machines";
import type { Pace } from "../plan/steps";
import { orderNotices } from "./order";

/** What the preview says of machines: replacements and removals of this update, and changes that wait for one. */
export function lifecycleNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  pace: Pace,
  restore?: string,
): string[] {
  return [
    ...replacementNotices(plans, recorded, pace, restore),
    ...orderNotices(plans, recorded, pace),
    ...removalNotices(plans, recorded, pace),
    ...pendingNotices(plans, recorded),
  ];
}

/** Replacements of this update in words, one sentence for each machine. */
function replacementNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  pace: Pace,
  restore: string | undefined,
): string[] {
  const isKept = isApiKept(plans, recorded, pace, restore);
  const isOneOfSeveral = plans.filter(({ role }) => role === "master").length > 1;
  return withRecord(plans, recorded)
    .filter(({ plan }) => machineChange(plan, recorded) === "replace")
    .map(({ plan, record }) => {
      const reasons = [
        ...(record.generation === plan.shape.generation
          ? []
          : [`${generationKey(plan)} was ${record.generation}, is ${plan.shape.generation}`]),
        ...(record.kubernetes === plan.kubernetes
          ? []
          : [`kubernetesVersion was ${record.kubernetes}, is ${plan.kubernetes}`]),
      ];
      const consequence =
        plan.role === "master"
          ? `${isKept ? "the other masters serve the API meanwhile" : "the API is down until it is back"}; ` +
            `${etcdConsequence(plan, record, isOneOfSeveral)}, and pods on nodes go on`
          : "its pods move to other machines";
      return (
        `${plan.hostName} is replaced by a new machine of the same name and address (${reasons.join(", ")}): ` +
        `${consequence}.`
      );
    });
}

/** What becomes of etcd's data when a master is replaced. */
function etcdConsequence(
  { etcdVolume: wanted = true }: MachinePlan,
  { etcdVolume = wanted }: RecordedMachine,
  isOneOfSeveral: boolean,
): string {
  if (etcdVolume && wanted) return "etcd's volume is kept";
  if (isOneOfSeveral) return "etcd's data comes from the other masters";
  if (etcdVolume) return "etcd's volume is left behind with all that is in the cluster, since etcdVolume is off";
  return (
    "all that is in the cluster goes with the old machine, on whose own disk etcd keeps it - this update ends once the new API answers, and " +
    "`pulumi refresh`, then `pulumi up`, put pod network and DNS into the new, empty cluster"
  );
}

function removalNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  { drainMinutes, timeoutMinutes }: Pace,
): string[] {
  const removed = removedMachines(plans, recorded).map(({ name }) => name);
  if (removed.length === 0) return [];
  const how =
    drainMinutes === 0 || timeoutMinutes === 0
      ? "without draining"
      : `drained first, for at most ${drainMinutes} minutes each`;
  return [`Removed for good, ${how}: ${removed.join(", ")}.`];
}

/** What the configuration asks for and existing machines do not have, one sentence for each key that would apply it. */
function pendingNotices(plans: readonly MachinePlan[], recorded: readonly RecordedMachine[]): string[] {
  const pending = withRecord(plans, recorded)
    .filter(({ plan }) => machineChange(plan, recorded) === "keep")
    .flatMap(({ plan, record }) => waitingSettings(plan, record).map(({ text }) => ({ plan, text })));
  return byGeneration(pending).map(({ key, next, machines }) => {
    const what = machines.map(({ plan, text }) => `${plan.hostName}: ${text}`).join(", ");
    return `Machines that exist stay as they are. To have them replaced, set ${key} to ${next}. Waiting for it: ${what}.`;
  });
}

/**
 * What the preview says of `etcdRestore`: which master makes etcd's data anew from it in this update, or what it waits for.
 * @param restore see `Backup.restore`
 */
export function restoreNotices(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  restore: string | undefined,
): string[] {
  if (restore === undefined) return [];
  return plans
    .filter(({ role }) => role === "master")
    .flatMap((plan) => {
      const record = recorded.find(({ name }) => name === plan.hostName);
      const isDone = record?.etcdRestore === restore;
      if (machineChange(plan, recorded) === "keep") {
        const next = plan.shape.generation + 1;
        return isDone
          ? []
          : [
              `etcdRestore is ${restore}, and ${plan.hostName} exists: nothing is restored until ${generationKey(plan)} is set to ${next}.`,
            ];
      }
      return isDone
        ? [`${plan.hostName} was restored from ${restore} before: a volume that remembers it is not restored again.`]
        : [
            `${plan.hostName} makes etcd's data anew from ${restore}: everything in the cluster becomes what it was then, and what was ` +
              "written later is gone from it. Data that is there already is kept beside it, in a folder before-restore-TIME.",
          ];
    });
}

/**
 * Which machines hold certificates that end soon, one sentence for each key that would give them others.
 * @param expiries when each machine's first certificate expires, RFC 3339, by host name
 * @param hours how long before its end a certificate is worth a warning
 */
export function expiryNotices(
  plans: readonly MachinePlan[],
  expiries: Readonly<Record<string, string>>,
  now: Date,
  hours: number,
): string[] {
  const limit = now.getTime() + hours * 3_600_000;
  const ending = plans.flatMap((plan) => {
    const expiry = expiries[plan.hostName] ?? "";
    return Date.parse(expiry) < limit ? [{ plan, expiry }] : [];
  });
  return byGeneration(ending).map(({ key, next, machines }) => {
    const what = machines.map(({ plan, expiry }) => `${plan.hostName} (${expiry})`).join(", ");
    return `Certificates end soon: ${what}. New machines have new ones: set ${key} to ${next} and run \`pulumi up\`.`;
  });
}

function withRecord(plans: readonly MachinePlan[], recorded: readonly RecordedMachine[]) {
  return plans.flatMap((plan) => {
    const record = recorded.find(({ name }) => name === plan.hostName);
    return record === undefined ? [] : [{ plan, record }];
  });
}
