import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../model/problems";
import { valueOf } from "../cloud/answer";
import { askCloud, askFlavors } from "./ask-cloud";
import { planChanges, type ChangePlan, type ChangePlanArgs } from "./change-plan";
import { entranceProblem } from "../cloud/entrance";
import type { CloudFacts } from "../cloud/facts";
import { judgeLeftovers } from "./judge-leftovers";
import { judgeNames } from "./judge-names";
import { judgeNetwork } from "./judge-network";
import { judgeQuota, type QuotaVerdict } from "./judge-quota";
import { judgeServices } from "./judge-services";
import { judgeSizes } from "./judge-sizes";
import { judgeVolume } from "./judge-volume";
import { announceGrowth } from "./volume-growth";
import { isOffline, offlineVariable } from "./offline";
import { patiently } from "../cloud/patience";
import { summaryLines } from "./summary";
import { judgeUserData, measureUserData, type UserDataSizes } from "./user-data-size";
import { leaveUnchecked, together } from "./verdict";

/** What the cluster is made with, once it is known that it can be made. */
export interface Feasible {
  /** Identifier of the external network, where machines reach the outside through one; unknown in an offline preview. */
  readonly externalNetworkId: pulumi.Input<string> | undefined;
  readonly isOffline: boolean;
}

/**
 * Proves, as far as the cloud answers, that an update can succeed, before it creates anything; a preview says what it does.
 * @throws ConfigurationError listing everything that is certain to fail
 */
export async function proveFeasibility(args: ChangePlanArgs): Promise<Feasible> {
  const plan = planChanges(args);
  const offline = isOffline();
  const [facts, userData] = await Promise.all([
    offline ? undefined : patiently(askCloud(plan), { tell: (line) => void pulumi.log.info(line) }),
    measureUserData(plan),
  ]);
  const verdict = facts === undefined ? offlineVerdict(plan, userData) : await judgeWithFlavors(plan, facts, userData);
  if (verdict.problems.length > 0) throw new ConfigurationError(verdict.problems);
  verdict.warnings.forEach((warning) => void pulumi.log.warn(warning));
  if (pulumi.runtime.isDryRun()) {
    const { figures: quota, unchecked } = verdict;
    const lines = summaryLines({ plan, now: new Date(), userData, quota, unchecked });
    void pulumi.log.info(lines.join("\n"));
  }
  const externalNetworkId = offline ? unknownText() : valueOf(facts?.externalNetwork?.answer);
  return { externalNetworkId, isOffline: offline };
}

/** What only the cloud could tell. */
function unknownText(): pulumi.Output<string> {
  return pulumi.output<unknown>(pulumi.unknown) as pulumi.Output<string>;
}

/** Judges; where a flavor will not do, all flavors are asked for, and the remedy names some that would. */
async function judgeWithFlavors(plan: ChangePlan, facts: CloudFacts, userData: UserDataSizes): Promise<QuotaVerdict> {
  const verdict = judge(plan, facts, userData);
  const isAbout = (key: string): boolean => /(^|\.)flavor$/.test(key);
  if (!verdict.problems.some(({ key }) => isAbout(key))) return verdict;
  return judge(plan, { ...facts, flavorList: await askFlavors() }, userData);
}

function judge(plan: ChangePlan, facts: CloudFacts, userData: UserDataSizes): QuotaVerdict {
  const entrance = entranceProblem(facts);
  if (entrance !== undefined) return { problems: [entrance], warnings: [], unchecked: [], figures: [] };
  const quota = judgeQuota(plan, facts);
  return {
    ...together([
      judgeServices(plan, facts),
      judgeVolume(plan),
      judgeNames(plan, facts),
      judgeSizes(plan, facts),
      judgeNetwork(plan, facts),
      quota,
      judgeUserData(userData),
      announceGrowth(plan),
      judgeLeftovers(plan, facts),
    ]),
    figures: quota.figures,
  };
}

function offlineVerdict(plan: ChangePlan, userData: UserDataSizes): QuotaVerdict {
  const what = "images, flavors and their sizes, networks, zones, volume type, free addresses and quota of the cloud";
  const unchecked = leaveUnchecked(what, `${offlineVariable} is set`);
  return { ...together([judgeUserData(userData), judgeVolume(plan), announceGrowth(plan), unchecked]), figures: [] };
}
