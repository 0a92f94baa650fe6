import type { MadeWith, RecordedMachine } from "../model/recorded";
import { machineChange } from "./lifecycle";
import type { MachinePlan } from "./machines";
import { machineMetadataKeys, settingPrefix } from "./names";
import { recordedWhereSet, settingsOfShape } from "./settings";

const none = "none";

/** What a new server's metadata says of how it was made, beside what every version of the program wrote there. Holds no secret. */
export function madeWithMetadata({ shape, madeWith, etcdVolume }: MachinePlan): Readonly<Record<string, string>> {
  const settings = Object.entries(madeWith.settings).map(
    ([key, digest]) => [`${settingPrefix}${key}`, digest] as const,
  );
  return {
    [machineMetadataKeys.image]: shape.image,
    [machineMetadataKeys.flavor]: shape.flavor,
    ...(madeWith.authorization === undefined ? {} : { [machineMetadataKeys.authorization]: madeWith.authorization }),
    ...(etcdVolume === undefined ? {} : { [machineMetadataKeys.etcdVolume]: String(etcdVolume) }),
    [machineMetadataKeys.trial]: madeWith.trial.join() || none,
    ...Object.fromEntries(settings),
  };
}

const modes: readonly string[] = ["AlwaysAllow", "RBAC", "ABAC", "Webhook"] satisfies MadeWith["authorization"][];

/** What a machine's metadata says of how it was made; `undefined` of one that an earlier version of the program made. */
export function madeWithIn(metadata: Readonly<Record<string, string>>): MadeWith | undefined {
  const trial = metadata[machineMetadataKeys.trial];
  if (trial === undefined) return undefined;
  const settings = Object.entries(metadata).flatMap(([key, digest]) =>
    key.startsWith(settingPrefix) ? [[key.slice(settingPrefix.length), digest] as const] : [],
  );
  const mode = metadata[machineMetadataKeys.authorization] ?? "";
  return {
    settings: Object.fromEntries(settings),
    trial: trial === none ? [] : trial.split(","),
    ...(modes.includes(mode) ? { authorization: mode as MadeWith["authorization"] } : {}),
  };
}

/** A setting that a machine has otherwise than the configuration. */
export interface WaitingSetting {
  /** Its key in the stack's configuration. */
  readonly key: string;
  /** What is wanted and what is there, as far as they can be told. */
  readonly text: string;
}

/** What the configuration says otherwise than it did when a machine was made: it has that with its next generation. */
export function waitingSettings(plan: MachinePlan, record: RecordedMachine): readonly WaitingSetting[] {
  const shapes = (["image", "flavor"] as const)
    .filter((key) => record[key] !== plan.shape[key])
    .map((key) => ({ key, text: `${key} ${plan.shape[key]} (is ${record[key]})` }));
  const { madeWith } = record;
  const settings = [...new Set([...Object.keys(plan.madeWith.settings), ...Object.keys(madeWith?.settings ?? {})])]
    .filter((key) => isOther(key, plan.madeWith.settings[key], madeWith?.settings[key]))
    .map((key) => ({ key: keyOf(plan, key), text: textOf(plan, record, key) }));
  // Known of machines from before settings were recorded, too: the state has the volume.
  const isVolumeNew = madeWith === undefined && isVolumeOther(plan, record);
  return [
    ...shapes,
    ...settings,
    ...(isVolumeNew ? [{ key: "etcdVolume", text: textOf(plan, record, "etcdVolume") }] : []),
  ];
}

/** Whether a machine has a setting otherwise than the configuration, by digests of both. What is not known of a machine is no difference. */
function isOther(key: string, wanted: string | undefined, has: string | undefined): boolean {
  if (recordedWhereSet.has(key)) return wanted !== has;
  return wanted !== undefined && has !== undefined && wanted !== has;
}

function isVolumeOther({ etcdVolume }: MachinePlan, record: RecordedMachine): boolean {
  return etcdVolume !== undefined && record.etcdVolume !== undefined && record.etcdVolume !== etcdVolume;
}

/** Settings of a machine that stays that nobody knows, since it was made before they were recorded, or before there were such settings. */
export function unknownSettings(plan: MachinePlan, { madeWith }: RecordedMachine): readonly string[] {
  const all = Object.keys(plan.madeWith.settings).filter((key) => !recordedWhereSet.has(key));
  return all.filter((key) => madeWith?.settings[key] === undefined).map((key) => keyOf(plan, key));
}

/** A setting's key in the stack's configuration: some are a pool's own. */
function keyOf({ role, pool }: MachinePlan, key: string): string {
  if (key === "labels" || key === "taints") return `nodePools.${pool ?? ""}.${key}`;
  if (settingsOfShape.has(key)) return role === "master" ? `master.${key}` : `nodePools.${pool ?? ""}.${key}`;
  return key;
}

function textOf(plan: MachinePlan, record: RecordedMachine, key: string): string {
  if (key === "authorization") {
    return `authorization ${plan.madeWith.authorization ?? ""} (is ${record.madeWith?.authorization ?? "another"})`;
  }
  if (key === "etcdVolume") return plan.etcdVolume === true ? "etcdVolume (has none)" : "etcdVolume off (has one)";
  const isTakenAway = plan.madeWith.settings[key] === undefined;
  return isTakenAway ? `${keyOf(plan, key)} off (has it)` : keyOf(plan, key);
}

/** The machines that this update leaves as they are, with their records. */
export function stayingMachines(plans: readonly MachinePlan[], recorded: readonly RecordedMachine[]) {
  const records = new Map(recorded.map((record) => [record.name, record]));
  return plans.flatMap((plan) => {
    const record = records.get(plan.hostName);
    return record !== undefined && machineChange(plan, recorded) === "keep" ? [{ plan, record }] : [];
  });
}

/** Whether a master has a volume for etcd's data after this update: one that stays has what it was made with. */
export function hasEtcdVolume(plan: MachinePlan, recorded: readonly RecordedMachine[]): boolean {
  const [staying] = stayingMachines([plan], recorded);
  return staying?.record.etcdVolume ?? plan.etcdVolume ?? false;
}
