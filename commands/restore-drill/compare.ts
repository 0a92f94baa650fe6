import { createHash } from "node:crypto";

/** One key of etcd with what tells two of its values apart. */
export interface StoredObject {
  readonly key: string;
  /** Revisions of the store at which the key was created and last changed. */
  readonly created: number;
  readonly modified: number;
  /** SHA-256 of the value, hexadecimal. */
  readonly hash: string;
  /** Name of the key that encrypts the value; absent for one in clear. */
  readonly encryptedBy?: string;
}

/** What a restored snapshot holds and what the cluster holds. */
export interface Holdings {
  /** Revision of the store that the snapshot is of. */
  readonly revision: number;
  /** Revision at which the cluster was read: the snapshot's own, or a later one when that is compacted. */
  readonly liveRevision: number;
  /** Names of the keys of Secrets that come with the snapshot. */
  readonly keys: readonly string[];
  readonly snapshot: readonly StoredObject[];
  readonly live: readonly StoredObject[];
}

/** What became of a key between snapshot and cluster. The last three are faults. */
export type Finding = "same" | "changed" | "deleted" | "created" | "missing" | "different" | "unreadable";

export const faults: readonly Finding[] = ["missing", "different", "unreadable"];

/** Objects of one resource. */
export interface ResourceComparison {
  /** As the API server names it in keys, for instance `secrets` or `apps.example.org/widgets`. */
  readonly resource: string;
  readonly snapshotCount: number;
  readonly liveCount: number;
  readonly findings: Readonly<Record<Finding, number>>;
  /**
   * SHA-256 over keys, revisions and values of what the cluster has as it was at the snapshot, once from the cluster and once from the
   * snapshot: the same unless there is a fault. Empty when there is nothing to compare.
   */
  readonly hashes: { readonly snapshot: string; readonly live: string };
  /** Keys that are at fault. */
  readonly faulty: readonly string[];
}

/**
 * Compares object by object. Whatever the cluster has that was last changed at or before the snapshot's revision must be in the snapshot,
 * the same in every byte; every other difference has its explanation in what happened since, which the revisions tell.
 */
export function compare(holdings: Holdings): readonly ResourceComparison[] {
  const { revision, keys } = holdings;
  const snapshot = new Map(holdings.snapshot.map((object) => [object.key, object]));
  const live = new Map(holdings.live.map((object) => [object.key, object]));
  const isExact = holdings.liveRevision === revision;
  const judge = (key: string): Finding => {
    const then = snapshot.get(key);
    if (then?.encryptedBy !== undefined && !keys.includes(then.encryptedBy)) return "unreadable";
    return judged(then, live.get(key), revision, isExact);
  };
  const byResource = new Map<string, string[]>();
  for (const key of new Set([...snapshot.keys(), ...live.keys()])) {
    const resource = resourceOf(key);
    const own = byResource.get(resource);
    if (own === undefined) byResource.set(resource, [key]);
    else own.push(key);
  }
  return [...byResource].sort(byName).map(([resource, own]) => {
    const findings = { same: 0, changed: 0, deleted: 0, created: 0, missing: 0, different: 0, unreadable: 0 };
    const faulty: string[] = [];
    for (const key of own.sort()) {
      const finding = judge(key);
      findings[finding] += 1;
      if (faults.includes(finding)) faulty.push(key);
    }
    const asThen = own.filter((key) => (live.get(key)?.modified ?? Infinity) <= revision);
    return {
      resource,
      snapshotCount: own.filter((key) => snapshot.has(key)).length,
      liveCount: own.filter((key) => live.has(key)).length,
      findings,
      hashes: { snapshot: hashOf(asThen, snapshot), live: hashOf(asThen, live) },
      faulty,
    };
  });
}

function judged(
  then: StoredObject | undefined,
  now: StoredObject | undefined,
  revision: number,
  isExact: boolean,
): Finding {
  if (then === undefined) return (now?.created ?? 0) > revision ? "created" : "missing";
  if (now === undefined) return isExact ? "different" : "deleted";
  if (now.modified > revision) return "changed";
  return now.modified === then.modified && now.hash === then.hash ? "same" : "different";
}

/** Keys are `/registry/RESOURCE/…`, or `/registry/GROUP/RESOURCE/…` where the API server keeps a group by its name. */
function resourceOf(key: string): string {
  const [, root, first = "", second = ""] = key.split("/");
  if (root !== "registry" || first === "") return "(not an object)";
  return first.includes(".") && second !== "" ? `${first}/${second}` : first;
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

function hashOf(keys: readonly string[], objects: ReadonlyMap<string, StoredObject>): string {
  if (keys.length === 0) return "";
  const hash = createHash("sha256");
  for (const key of keys) {
    const object = objects.get(key);
    hash.update(`${key}\0${object?.modified ?? ""}\0${object?.hash ?? ""}\0`);
  }
  return hash.digest("hex");
}
