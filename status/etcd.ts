import type { Answer, Section } from "./section.ts";

/** What one member of etcd says of itself. Sizes in bytes. */
export interface EtcdRow {
  /** Machine that it runs on. */
  readonly machine: string;
  readonly healthy?: boolean;
  readonly version?: string;
  readonly leader?: boolean;
  readonly databaseBytes?: number;
  /** Size at which etcd takes no more writes. */
  readonly quotaBytes?: number;
  /** File system that holds the data. */
  readonly diskBytes?: number;
  readonly diskFreeBytes?: number;
  readonly newestSnapshot?: { readonly file: string; readonly bytes: number; /** RFC 3339. */ readonly at: string };
  readonly wrong: readonly string[];
}

/** Part of the quota, or of the disk, that may be in use before it is a fault. */
const fullness = 0.9;

/** Reads what `etcd.sh` printed on a machine. */
export function readEtcd(machine: string, output: string): EtcdRow {
  const fields = new Map(
    output.split("\n").map((line): [string, string] => {
      const [name = "", value = ""] = line.split("\t");
      return [name, Buffer.from(value, "base64").toString("utf8").trim()];
    }),
  );
  const health = readHealth(fields.get("health") ?? "");
  const metric = metricsOf(fields.get("metrics") ?? "");
  const [diskBytes, diskFreeBytes] = (fields.get("disk") ?? "").split(/\s+/).filter(Boolean).map(Number);
  const [file = "", bytes, modified] = (fields.get("snapshot") ?? "").split(" ");
  const databaseBytes = metric("etcd_mvcc_db_total_size_in_bytes");
  const quotaBytes = metric("etcd_server_quota_backend_bytes");
  const version = /^etcd_server_version\{server_version="([^"]+)"\} 1$/m.exec(fields.get("metrics") ?? "")?.[1];
  const leader = metric("etcd_server_is_leader");
  return {
    machine,
    healthy: health.healthy,
    ...(version === undefined ? {} : { version }),
    ...(leader === undefined ? {} : { leader: leader === 1 }),
    ...(databaseBytes === undefined ? {} : { databaseBytes }),
    ...(quotaBytes === undefined ? {} : { quotaBytes }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(diskFreeBytes === undefined ? {} : { diskFreeBytes }),
    ...(file === ""
      ? {}
      : { newestSnapshot: { file, bytes: Number(bytes), at: new Date(Number(modified) * 1000).toISOString() } }),
    wrong: [
      ...(health.healthy ? [] : [`is not healthy: ${health.reason}`]),
      ...(metric("etcd_server_has_leader") === 0 ? ["has no leader"] : []),
      ...(isFull(databaseBytes, quotaBytes)
        ? ["is near the size at which it takes no more writes: compact and defragment it"]
        : []),
      ...(diskBytes !== undefined && isFull(diskBytes - (diskFreeBytes ?? 0), diskBytes)
        ? ["has a disk that is nearly full"]
        : []),
    ],
  };
}

function isFull(used: number | undefined, all: number | undefined): boolean {
  return used !== undefined && all !== undefined && all > 0 && used / all > fullness;
}

/** etcd answers `{"health":"true"}`, or "false" with a reason; anything else is what curl says. */
function readHealth(body: string): { readonly healthy: boolean; readonly reason: string } {
  try {
    const { health, reason = "" } = JSON.parse(body) as { health?: string; reason?: string };
    return { healthy: health === "true", reason: reason === "" ? body : reason };
  } catch {
    return { healthy: false, reason: body === "" ? "it does not answer" : body };
  }
}

/** Figures without labels by name, from the text format of Prometheus. */
function metricsOf(text: string): (name: string) => number | undefined {
  const figures = new Map(
    text.split("\n").map((line): [string, number] => {
      const [name = "", figure] = line.split(" ");
      return [name, Number(figure)];
    }),
  );
  return (name) => figures.get(name);
}

/** What to think of etcd: one answer of each master. */
export function etcdSection(answers: readonly (Answer<string> & { readonly machine: string })[]): Section<EtcdRow> {
  const rows = answers.map((answer) =>
    "failure" in answer ? { machine: answer.machine, wrong: [] } : readEtcd(answer.machine, answer.value),
  );
  return {
    rows,
    wrong: rows.flatMap(({ machine, wrong }) => wrong.map((text) => `etcd on ${machine} ${text}`)),
    unknown: answers.flatMap((answer) => ("failure" in answer ? [answer.failure] : [])),
    notes: [],
  };
}
