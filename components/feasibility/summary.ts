import { userDataLimit } from "../../cloudinit";
import { waitingSettings } from "../plan/made-with";
import { isApiKept } from "../plan/lifecycle";
import { groupKey, type ChangePlan, type PlannedChange } from "./change-plan";
import type { QuotaFigure } from "./judge-quota";
import type { UserDataSizes } from "./user-data-size";
import type { Unchecked } from "./verdict";

export interface SummaryArgs {
  readonly plan: ChangePlan;
  readonly now: Date;
  readonly userData: UserDataSizes;
  readonly quota: readonly QuotaFigure[];
  readonly unchecked: readonly Unchecked[];
}

/** What a preview says of the whole update, one line each; as many lines as there are pools, not machines. */
export function summaryLines(args: SummaryArgs): readonly string[] {
  const { plan } = args;
  const count = plan.machines.length;
  return [
    `Cluster ${plan.config.clusterName}: ${count} ${count === 1 ? "machine" : "machines"} (${changesText(plan.machines, plan.destroyed.length)})`,
    ...table(groupsOf(plan).map(groupRow)),
    ...destroyedLines(plan),
    downtimeLine(plan),
    certificateLine(args),
    ...userDataLines(args.userData),
    ...quotaLines(args.quota),
    ...uncheckedLines(args.unchecked),
  ];
}

type State = "added" | "replaced" | "waiting" | "unchanged";

/** What happens to a machine, in a word. One that waits holds another setting than the configuration has, until its generation is raised. */
function stateOf({ plan, change, record }: PlannedChange): State {
  if (change !== "keep" || record === undefined) return change === "create" ? "added" : "replaced";
  return waitingSettings(plan, record).length === 0 ? "unchanged" : "waiting";
}

function changesText(machines: readonly PlannedChange[], destroyed = 0): string {
  const states = machines.map(stateOf);
  const counts = (["added", "replaced", "waiting", "unchanged"] as const).map(
    (state) => [state, states.filter((one) => one === state).length] as const,
  );
  const all = [...counts, ["destroyed", destroyed] as const].filter(([, number]) => number > 0);
  return all.map(([state, number]) => `${number} ${state}`).join(", ") || "none";
}

function groupsOf(plan: ChangePlan): readonly (readonly PlannedChange[])[] {
  const keys = [...new Set(plan.machines.map((machine) => groupKey(machine.plan)))];
  return keys.map((key) => plan.machines.filter((machine) => groupKey(machine.plan) === key));
}

function groupRow(group: readonly PlannedChange[]): readonly string[] {
  const plans = group.map(({ plan }) => plan);
  const [first] = plans;
  return [
    first?.pool ?? "master",
    rangeText(plans.map(({ hostName }) => hostName)),
    rangeText(plans.map(({ address }) => address)),
    `${first?.shape.image ?? ""}, ${first?.shape.flavor ?? ""}`,
    changesText(group),
  ];
}

/** The first and the last of a list in its order: those of a pool are next to each other. */
function rangeText(list: readonly string[]): string {
  const [first = "", last = first] = [list[0], list.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

/** Rows with columns as wide as they need to be. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

const longestList = 10;

function destroyedLines({ destroyed }: ChangePlan): readonly string[] {
  if (destroyed.length === 0) return [];
  const names = destroyed.slice(0, longestList).map(({ name }) => name);
  const rest = destroyed.length - names.length;
  return [`Destroyed: ${names.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}.`];
}

function downtimeLine({ machines, config }: ChangePlan): string {
  const recorded = machines.flatMap(({ record }) => (record === undefined ? [] : [record]));
  const plans = machines.map(({ plan }) => plan);
  return isApiKept(plans, recorded, config.readiness, config.backup.restore)
    ? "API downtime: none expected."
    : "API downtime: expected, from when the master is deleted until the new one answers.";
}

function certificateLine({ plan, now }: SummaryArgs): string {
  const { validityHours, earlyRenewalHours } = plan.config.certificates;
  const first = keptExpiries(plan).toSorted((one, other) => Date.parse(one) - Date.parse(other))[0];
  if (first === undefined) return `Certificates: new ones, valid for ${daysText(validityHours)}.`;
  const hours = (Date.parse(first) - now.getTime()) / 3_600_000;
  if (hours < 0) return `Certificates: the first has expired, on ${first}.`;
  const soon = hours < earlyRenewalHours ? ": soon" : "";
  return `Certificates: the first ends in ${daysText(hours)}, on ${first}${soon}.`;
}

/** When the certificates of machines that stay end, RFC 3339. New machines get new ones, and the administrator's are renewed in time. */
function keptExpiries({ machines }: ChangePlan): readonly string[] {
  return machines.flatMap(({ change, record }) =>
    change === "keep" && record?.certificatesEnd !== undefined ? [record.certificatesEnd] : [],
  );
}

function daysText(hours: number): string {
  return hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`;
}

function userDataLines(sizes: UserDataSizes): readonly string[] {
  if (sizes.size === 0) return [];
  const all = [...sizes].map(([key, size]) => `${key.replace("nodePools.", "a node of ")} about ${size}`);
  return [`User data of new machines, characters as Nova counts them: ${all.join(", ")}, of at most ${userDataLimit}.`];
}

function quotaLines(figures: readonly QuotaFigure[]): readonly string[] {
  const text = ({ what, after, limit }: QuotaFigure): string => `${after} of ${limit} ${what}`;
  const exact = figures.filter((figure) => figure.exact).map(text);
  const least = figures.filter((figure) => !figure.exact).map(text);
  return [
    ...(exact.length === 0 ? [] : [`Quota after this update: ${exact.join(", ")}.`]),
    ...(least.length === 0
      ? []
      : [`Quota for this cluster, beside what else the project has, which cannot be told: ${least.join(", ")}.`]),
  ];
}

/** What has the same reason stands together. */
function uncheckedLines(unchecked: readonly Unchecked[]): readonly string[] {
  return [...new Set(unchecked.map(({ reason }) => reason))].map((reason) => {
    const what = unchecked.filter((one) => one.reason === reason).map((one) => one.what);
    return `Not checked: ${what.join(", ")} (${reason}).`;
  });
}
