import { columns } from "../shared/columns.ts";
import { faults, type Finding, type ResourceComparison } from "./compare.ts";
import type { Drill } from "./drill.ts";

/** Findings in the order of the table, and what each means. */
const meanings: Readonly<Record<Finding, string>> = {
  same: "as in the snapshot, in every byte",
  changed: "changed since the snapshot",
  deleted: "deleted since",
  created: "created since",
  missing: "the cluster had it at the snapshot, and the snapshot has not",
  different: "not what the cluster had at the snapshot",
  unreadable: "encrypted by a key that does not come with the snapshot",
};

const kinds = Object.keys(meanings) as readonly Finding[];

/** Whether everything that the cluster had is in the snapshot. */
export function isWhole(resources: readonly ResourceComparison[]): boolean {
  return faultyKeys(resources).length === 0;
}

function faultyKeys(resources: readonly ResourceComparison[]): readonly string[] {
  return resources.flatMap(({ faulty }) => faulty);
}

function total(resources: readonly ResourceComparison[], kind: Finding): number {
  return resources.reduce((sum, { findings }) => sum + findings[kind], 0);
}

/** The drill for people: a table by resource, then the verdict. */
export function drillText(drill: Drill, resources: readonly ResourceComparison[]): string {
  const shown = kinds.filter((kind) => kind === "same" || total(resources, kind) > 0);
  const rows = resources.map(({ resource, snapshotCount, liveCount, findings, hashes, faulty }) => [
    faulty.length === 0 ? "ok" : "FAULT",
    resource,
    String(snapshotCount),
    String(liveCount),
    ...shown.map((kind) => String(findings[kind])),
    hashes.snapshot.slice(0, 12),
    hashes.live.slice(0, 12),
  ]);
  const header = ["", "resource", "in snapshot", "in cluster", ...shown, "hash in snapshot", "hash in cluster"];
  const explained = shown.filter((kind) => kind !== "same").map((kind) => `  ${kind}: ${meanings[kind]}`);
  return [
    `${drill.name}, ${mebibytes(drill.bytes)}, revision ${drill.revision}: restored in ${drill.seconds} s, compared with the cluster at ` +
      (drill.liveRevision === drill.revision ? "the same revision" : `revision ${drill.liveRevision}`),
    columns([header, ...rows]),
    ...(explained.length === 0 ? [] : [explained.join("\n")]),
    verdict(resources),
  ].join("\n\n");
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

function verdict(resources: readonly ResourceComparison[]): string {
  const faulty = faultyKeys(resources);
  if (faulty.length === 0) {
    const since = (["changed", "deleted", "created"] as const).reduce((sum, kind) => sum + total(resources, kind), 0);
    return (
      "The snapshot can be restored. Objects that are the same in it and in the cluster: " +
      `${total(resources, "same")}; changed, deleted or created since: ${since}.`
    );
  }
  return [
    `The snapshot does not hold what the cluster had. Take another, and look at \`journalctl -u kovhernetes-etcd-snapshot\`. Objects at ` +
      `fault: ${faulty.length}`,
    ...faulty.slice(0, 20).map((key) => `  ${key}`),
    ...(faulty.length > 20 ? ["  … and more, which --json has"] : []),
  ].join("\n");
}

/** The drill for programs. */
export function drillJson(
  stack: string,
  machine: string,
  drill: Drill,
  resources: readonly ResourceComparison[],
): string {
  const { name, bytes, seconds, revision, liveRevision } = drill;
  const totals = Object.fromEntries(kinds.map((kind) => [kind, total(resources, kind)]));
  return JSON.stringify(
    {
      ...{ stack, machine, at: new Date().toISOString(), whole: isWhole(resources) },
      snapshot: { name, bytes, revision, secondsToRestore: seconds },
      cluster: { revision: liveRevision },
      totals,
      faults: Object.fromEntries(faults.map((kind) => [kind, meanings[kind]])),
      resources,
    },
    null,
    2,
  );
}
