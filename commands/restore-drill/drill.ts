import * as fs from "node:fs";
import * as path from "node:path";
import { call } from "../shared/remote.ts";
import type { Holdings, StoredObject } from "./compare.ts";

/** Where the snapshot is taken from: etcd's volume, or the object storage. */
export type Source = "volume" | "storage";

/** What was restored on the throw-away etcd, and what the cluster holds. */
export interface Drill extends Holdings {
  /** File name on the volume, or address in the object storage. */
  readonly name: string;
  readonly bytes: number;
  /** How long it took to fetch, check and restore it and to start etcd on it. */
  readonly seconds: number;
}

const own = (name: string): string => fs.readFileSync(path.join(import.meta.dirname, name), "utf8");

/** The text of the script that a master runs. */
export function drillScript(source: Source): string {
  const program = Buffer.from(own("list-objects.py")).toString("base64");
  return `${own("drill.sh")}\n${call("drill", source, program)}\n`;
}

/**
 * Reads what the script printed.
 * @throws Error when there was nothing to restore, it could not be restored, or the script was cut short
 */
export function readDrill(output: string): Drill {
  const snapshot: StoredObject[] = [];
  const live: StoredObject[] = [];
  const keys: string[] = [];
  const facts = new Map<string, readonly string[]>();
  for (const line of output.split("\n")) {
    const [kind = "", ...fields] = line.split("\t");
    if (kind === "refused") throw new Error(fields.join(" "));
    if (kind === "key") keys.push(fields[0] ?? "");
    else if (kind === "object") (fields[0] === "snapshot" ? snapshot : live).push(objectOf(fields.slice(1)));
    else facts.set(kind === "revision" ? `revision ${fields[0] ?? ""}` : kind, fields);
  }
  if (!facts.has("complete")) throw new Error("the drill on the master was cut short");
  const number = (fact: string, position: number): number => Number(facts.get(fact)?.[position]);
  return {
    name: facts.get("snapshot")?.[0] ?? "",
    bytes: number("snapshot", 1),
    seconds: number("seconds", 0),
    revision: number("revision snapshot", 1),
    liveRevision: number("revision live", 1),
    ...{ keys, snapshot, live },
  };
}

function objectOf([key = "", created, modified, hash = "", encryptedBy = ""]: readonly string[]): StoredObject {
  return {
    key: Buffer.from(key, "base64").toString("utf8"),
    created: Number(created),
    modified: Number(modified),
    hash,
    ...(encryptedBy === "" ? {} : { encryptedBy }),
  };
}
