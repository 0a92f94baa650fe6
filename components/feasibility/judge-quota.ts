import { valueOf } from "../cloud/answer";
import type { ChangePlan } from "./change-plan";
import { demandOf } from "./demand";
import type { CloudFacts } from "../cloud/facts";
import { limitsOf, type Limit } from "./limits";
import { leaveUnchecked, nothingToSay, refuse, together, type Verdict } from "./verdict";

/** A limit with its figures, for the summary. */
export interface QuotaFigure {
  readonly what: string;
  /** What the project has after the update; at least that, where the provider cannot tell what else it has. */
  readonly after: number;
  readonly exact: boolean;
  readonly limit: number;
}

export interface QuotaVerdict extends Verdict {
  readonly figures: readonly QuotaFigure[];
}

/** Whether the project's quota suffices for what an update adds. */
export function judgeQuota(plan: ChangePlan, facts: CloudFacts): QuotaVerdict {
  // What nothing is added to may be beyond its limit, which an operator may have lowered since.
  const limits = limitsOf(plan, facts, demandOf(plan, facts)).filter(({ amount }) => amount.added > 0);
  return { ...together(limits.map(judgeLimit)), figures: limits.flatMap(figureOf) };
}

/** The figures of a limit that there is. */
function figureOf(limit: Limit): readonly QuotaFigure[] {
  const most = valueOf(limit.limit);
  if (most === undefined || most < 0) return [];
  return [{ what: limit.what, after: afterUpdate(limit), exact: valueOf(limit.used) !== undefined, limit: most }];
}

/** What the project has after the update, as far as it can be told. */
function afterUpdate({ amount, used }: Limit): number {
  const known = valueOf(used);
  return known === undefined ? amount.whole : Math.max(amount.whole, known + amount.added);
}

function judgeLimit(one: Limit): Verdict {
  const { what, amount, limit, used, key, value, remedy } = one;
  if (limit?.kind !== "known") return leaveUnchecked(`quota of ${what}`, limit?.reason ?? "it was not asked");
  if (limit.value < 0) return nothingToSay;
  const after = afterUpdate(one);
  if (after <= limit.value) {
    return used === undefined || used.kind === "known" ? nothingToSay : leaveUnchecked(`use of ${what}`, used.reason);
  }
  const known = valueOf(used);
  const reason =
    known === undefined
      ? `${what}: the limit of the project is ${limit.value}, and the cluster needs ${amount.whole}`
      : `${what}: the limit of the project is ${limit.value}, ${known} are in use, and this update adds ${amount.added}`;
  return refuse(key, value, reason, `${remedy}, remove what is not needed, or ask the cloud for a quota of ${after}`);
}
