import type { Answer, Section } from "./section.ts";

interface Snapshot {
  readonly file: string;
  readonly bytes: number;
  /** When it was begun, RFC 3339. */
  readonly at: string;
}

/** What one member of etcd says of itself; all but the machine absent where it could not be asked. Sizes in bytes. */
export interface EtcdRow {
  /** Machine that it runs on. */
  readonly machine: string;
  readonly healthy?: boolean;
  readonly version?: string | undefined;
  readonly leader?: boolean | undefined;
  readonly databaseBytes?: number | undefined;
  /** Size at which etcd takes no more writes. */
  readonly quotaBytes?: number | undefined;
  /** File system that holds the data. */
  readonly diskBytes?: number | undefined;
  readonly diskFreeBytes?: number | undefined;
  /** The newest whose time has come. */
  readonly newestSnapshot?: Snapshot | undefined;
  readonly wrong: readonly string[];
}

export interface EtcdArgs {
  /** What `etcd.sh` printed on each master. */
  readonly answers: readonly (Answer<string> & { readonly machine: string })[];
  readonly now: Date;
  /** Time between two snapshots, hours. */
  readonly snapshotHours: number;
}

/** Part of the quota, or of the disk, that may be in use before it is a fault. */
const fullness = 0.9;

/** Intervals without a snapshot that are a fault, and hours that one may take besides. */
const patience = { intervals: 2, hours: 1 } as const;

/** Minutes by which clocks may differ. */
const clockDifference = 5;

/** What to think of etcd, member by member. */
export function etcdSection({ answers, now, snapshotHours }: EtcdArgs): Section<EtcdRow> {
  const rows = answers.map((answer) =>
    "failure" in answer
      ? { machine: answer.machine, wrong: [] }
      : memberRow(answer.machine, readFields(answer.value), now, snapshotHours),
  );
  return {
    rows,
    wrong: rows.flatMap(({ machine, wrong }) => wrong.map((text) => `etcd on ${machine} ${text}`)),
    unknown: answers.flatMap((answer) => ("failure" in answer ? [answer.failure] : [])),
    notes: [],
  };
}

type Field = "health" | "metrics" | "disk" | "snapshots" | "snapshots-since" | "snapshots-result";

function readFields(output: string): (field: Field) => string {
  const fields = new Map(
    output.split("\n").map((line): [string, string] => {
      const [name = "", value = ""] = line.split("\t");
      return [name, Buffer.from(value, "base64").toString("utf8").trim()];
    }),
  );
  return (field) => fields.get(field) ?? "";
}

function memberRow(machine: string, field: (name: Field) => string, now: Date, snapshotHours: number): EtcdRow {
  const health = readHealth(field("health"));
  const metric = readMetrics(field("metrics"));
  const [diskBytes, diskFreeBytes] = field("disk").split(/\s+/).filter(Boolean).map(Number);
  const databaseBytes = metric("etcd_mvcc_db_total_size_in_bytes");
  const quotaBytes = metric("etcd_server_quota_backend_bytes");
  const leader = metric("etcd_server_is_leader");
  const hasCome = (time: number): boolean => time <= now.getTime() + clockDifference * 60_000;
  const snapshots = field("snapshots").split("\n").flatMap(readSnapshot);
  const newestSnapshot = snapshots.findLast(({ at }) => hasCome(Date.parse(at)));
  const future = snapshots.findLast(({ at }) => !hasCome(Date.parse(at)));
  const since = field("snapshots-since");
  // A new master on an old volume has until its own first snapshot. A time to come, of a clock that was wrong, excuses nothing.
  const beginnings = [Number(since) * 1000, ...(newestSnapshot === undefined ? [] : [Date.parse(newestSnapshot.at)])];
  const lastSnapshot = Math.max(0, ...beginnings.filter(hasCome));
  const longest = patience.intervals * snapshotHours + patience.hours;
  const isLate = since !== "" && now.getTime() - lastSnapshot > longest * 3_600_000;
  const result = field("snapshots-result");
  const faults: readonly (readonly [boolean, string])[] = [
    [!health.healthy, `is not healthy: ${health.reason}`],
    [metric("etcd_server_has_leader") === 0, "has no leader"],
    [
      isFull(databaseBytes, quotaBytes),
      "is near the size at which it takes no more writes: docs/operations.md, When etcd takes no more writes",
    ],
    [
      isFull(diskBytes === undefined ? undefined : diskBytes - (diskFreeBytes ?? 0), diskBytes),
      "has a disk that is nearly full",
    ],
    [isLate, `has no snapshot of the last ${longest} hours`],
    [
      future !== undefined,
      `has a snapshot named after a time to come, which does not count: correct the clock of ${machine}, or delete ${future?.file ?? ""}`,
    ],
    [
      since !== "" && result !== "" && result !== "success",
      `could not take its last snapshot: journalctl -u kovhernetes-etcd-snapshot on ${machine} says why`,
    ],
  ];
  return {
    machine,
    healthy: health.healthy,
    version: /^etcd_server_version\{server_version="([^"]+)"\} 1$/m.exec(field("metrics"))?.[1],
    leader: leader === undefined ? undefined : leader === 1,
    ...{ databaseBytes, quotaBytes, diskBytes, diskFreeBytes, newestSnapshot },
    wrong: faults.flatMap(([holds, text]) => (holds ? [text] : [])),
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
function readMetrics(text: string): (name: string) => number | undefined {
  const figures = new Map(
    text.split("\n").map((line): [string, number] => {
      const [name = "", figure] = line.split(" ");
      return [name, Number(figure)];
    }),
  );
  return (name) => figures.get(name);
}

/** `snapshot-20261127T145800Z.db SIZE`; its name is the time when it was begun. Nothing for other names. */
function readSnapshot(text: string): readonly Snapshot[] {
  const [file = "", bytes] = text.split(" ");
  const [, ...parts] = /^snapshot-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/.exec(file) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return second === undefined || Number.isNaN(Date.parse(at)) ? [] : [{ file, bytes: Number(bytes), at }];
}
