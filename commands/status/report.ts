import { columns } from "../shared/columns.ts";
import type { CertificateRow } from "./certificates.ts";
import type { EtcdRow } from "./etcd.ts";
import type { GuardRow } from "./guards.ts";
import type { NodeRow, NodeSection } from "./nodes.ts";
import { exitCodeOf, stateOf, type Section } from "./section.ts";
import type { Status } from "./status.ts";

/** What is thought of a row; `known` is false where it could not be asked. */
const mark = (wrong: boolean, known = true): string => (wrong ? "WRONG" : known ? "ok" : "?");
const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;

/** The status for people: a table for each part, then what is wrong, what could not be asked and what else to know. */
export function statusText(name: string, status: Status, now: Date): string {
  const { nodes, etcd, certificates, guards, drift } = status;
  const sections: readonly Section<unknown>[] = [nodes, etcd, certificates, guards, drift];
  return [
    part(`Nodes of ${apiText(nodes)}`, nodes, nodeTable(nodes.rows)),
    part("etcd", etcd, etcdTable(etcd.rows, now)),
    part("Certificates, the first to end first", certificates, certificateTable(certificates.rows)),
    part("Rules of the machines' own firewalls", guards, guardTable(guards.rows)),
    part("Drift between configuration and cloud", drift, driftTable(status)),
    list(
      "Worth knowing:",
      sections.flatMap(({ notes }) => notes),
    ),
    list(
      "Could not be asked:",
      // A master that cannot be reached is missed by two sections.
      [...new Set(sections.flatMap(({ unknown }) => unknown))],
    ),
    verdict(name, sections),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function part(title: string, section: Section<unknown>, table: string): string {
  const state = { ok: "ok", wrong: "WRONG", unknown: "could not be asked everything", skipped: "not asked" };
  return [`${title}: ${state[stateOf(section)]}`, table].filter(Boolean).join("\n");
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}`)].join("\n");
}

function verdict(name: string, sections: readonly Section<unknown>[]): string {
  const wrong = sections.flatMap((section) => section.wrong);
  if (wrong.length > 0) return list(`${name}: ${wrong.length} of what was looked at is wrong or near its end:`, wrong);
  return exitCodeOf(sections) === 0
    ? `${name} is healthy.`
    : `${name}: nothing that could be asked is wrong, but not everything could be asked.`;
}

function apiText({ api }: NodeSection): string {
  return api.version === undefined ? api.url : `${api.url}, Kubernetes ${api.version}`;
}

function nodeTable(rows: readonly NodeRow[]): string {
  return columns([
    ["", "name", "role", "address", "public", "state", "kubelet", "runtime", "system", "generation", "image", "flavor"],
    ...rows.map((row) => [
      mark(row.wrong.length > 0, row.state !== "not asked"),
      row.name,
      row.role ?? "",
      row.address ?? "",
      row.publicAddress ?? "",
      row.cordoned ? `${row.state}, cordoned` : row.state,
      row.kubelet ?? "",
      row.runtime ?? "",
      row.system ?? "",
      row.generation === undefined ? "" : String(row.generation),
      row.image ?? "",
      row.flavor ?? "",
    ]),
  ]);
}

function etcdTable(rows: readonly EtcdRow[], now: Date): string {
  return columns([
    ["", "member", "healthy", "version", "leader", "database", "disk", "newest snapshot"],
    ...rows.map((row) => [
      mark(row.wrong.length > 0, row.healthy !== undefined),
      row.machine,
      yesOrNo(row.healthy),
      row.version ?? "",
      yesOrNo(row.leader),
      sizeText(row.databaseBytes, row.quotaBytes),
      row.diskBytes === undefined || row.diskFreeBytes === undefined
        ? ""
        : sizeText(row.diskBytes - row.diskFreeBytes, row.diskBytes),
      row.healthy === undefined ? "" : snapshotText(row.newestSnapshot, now),
    ]),
  ]);
}

function yesOrNo(value: boolean | undefined): string {
  return value === undefined ? "" : value ? "yes" : "no";
}

function sizeText(used: number | undefined, all: number | undefined): string {
  return used === undefined || all === undefined ? "" : `${mebibytes(used)} of ${mebibytes(all)}`;
}

function snapshotText(snapshot: EtcdRow["newestSnapshot"], now: Date): string {
  if (snapshot === undefined) return "no snapshots";
  const hours = (now.getTime() - Date.parse(snapshot.at)) / 3_600_000;
  return `${snapshot.file}, ${mebibytes(snapshot.bytes)}, ${hours.toFixed(1)} hours old`;
}

/** Certificates that differ in nothing but their machine share a line. */
function certificateTable(rows: readonly CertificateRow[]): string {
  const line = ({ state, expires, daysLeft, file, issuer }: CertificateRow): string[] => [
    mark(state !== "ok"),
    expires.slice(0, 10),
    `${daysLeft} days`,
    file,
    issuer,
  ];
  const groups = new Map<string, { readonly cells: readonly string[]; readonly holders: string[] }>();
  for (const row of rows) {
    const cells = line(row);
    const group = groups.get(cells.join()) ?? { cells, holders: [] };
    group.holders.push(row.holder);
    groups.set(cells.join(), group);
  }
  return columns([
    ["", "expires", "in", "certificate", "issued by", "on"],
    ...[...groups.values()].map(({ cells, holders: [first = "", ...others] }) => [
      ...cells,
      others.length === 0 ? first : `${others.length + 1} machines`,
    ]),
  ]);
}

function guardTable(rows: readonly GuardRow[]): string {
  return columns([
    ["", "machine", "metadata closed to pods", "metrics closed", "Services", "heals", "healed last"],
    ...rows.map((row) => [
      mark(row.wrong.length > 0, row.metadata !== undefined),
      row.machine,
      ...[row.metadata, row.metrics, row.services, row.watched].map(yesOrNo),
      row.lost ?? "",
    ]),
  ]);
}

function driftTable({ drift }: Status): string {
  if (drift.rows.length === 0) return stateOf(drift) === "ok" ? "nothing differs" : "";
  return columns([
    ["change", "resource", "type", "properties"],
    ...drift.rows.map(({ change, name, type, properties }) => [change, name, type, properties.join(", ")]),
  ]);
}

/** The status for programs. */
export function statusJson(name: string, status: Status, now: Date): string {
  const { nodes, etcd, certificates, guards, drift } = status;
  const sections = { nodes, etcd, certificates, guards, drift };
  const states = { 0: "healthy", 1: "wrong", 2: "unknown" } as const;
  const told = Object.entries(sections).map(([key, section]) => [key, { state: stateOf(section), ...section }]);
  const state = states[exitCodeOf(Object.values(sections))];
  return JSON.stringify({ stack: name, at: now.toISOString(), state, ...Object.fromEntries(told) }, null, 2);
}
