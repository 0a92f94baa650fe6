import { nearestOf } from "../config/nearest";
import { valueOf, type Answer } from "../cloud/answer";
import type { ChangePlan } from "./change-plan";
import type { CloudFacts, NamedAnswer } from "../cloud/facts";
import { cloudNames, type CloudName } from "./names";
import { leaveUnchecked, nothingToSay, refuse, together, type Verdict } from "./verdict";

/** Most names that a remedy lists. */
const longestList = 8;

/** What the cloud does not have of what the configuration names. */
export function judgeNames(plan: ChangePlan, facts: CloudFacts): Verdict {
  const names = cloudNames(plan);
  const { access, masters } = plan.config;
  return together([
    ...names.images.map((name) => judgeName(name, facts.images.get(name.value), imageKind)),
    ...names.flavors.map((name) => judgeName(name, withList(facts.flavors.get(name.value), name, facts), flavorKind)),
    access.mode === "none"
      ? nothingToSay
      : judgeName({ key: "externalNetwork", value: access.externalNetwork }, facts.externalNetwork, networkKind),
    ...names.zones.map((name) => judgeZone(name, facts.zones)),
    judgeVolumeType(masters.etcdVolume?.type, facts.volumes),
  ]);
}

/** What is known of a flavor's name, with the names of the list that are like it. */
function withList(
  asked: NamedAnswer<unknown> | undefined,
  { value }: CloudName,
  { flavorList }: CloudFacts,
): NamedAnswer<unknown> | undefined {
  const listed = nearestOf(value, [...(valueOf(flavorList)?.keys() ?? [])]);
  return asked === undefined ? undefined : { ...asked, near: [...new Set([...asked.near, ...listed])] };
}

interface Kind {
  readonly what: string;
  readonly command: string;
  /** Why no near name may be shown. */
  readonly searched: string;
}

const imageKind: Kind = {
  what: "image",
  command: "openstack image list",
  searched: "no image is named like it",
};
const flavorKind: Kind = {
  what: "flavor",
  command: "openstack flavor list",
  searched: "no flavor is named like it, or the list cannot be had",
};
const networkKind: Kind = {
  what: "external network",
  command: "openstack network list --external",
  searched: "there is none, or the provider cannot tell several apart",
};

function judgeName(name: CloudName, asked: NamedAnswer<unknown> | undefined, kind: Kind): Verdict {
  const { key, value } = name;
  if (asked === undefined || asked.answer.kind === "known") return nothingToSay;
  const { answer, near, note } = asked;
  if (answer.kind === "ambiguous") {
    const several = `the cloud has several ${kind.what}s of this name, and none can be chosen`;
    const reason = note === undefined ? several : `${several}: ${note}`;
    return refuse(key, value, reason, `name one that \`${kind.command}\` shows once, or rename the others`);
  }
  if (answer.kind === "unanswered") {
    const remedy =
      answer.failure === "passing"
        ? `run the command again in a few minutes: the cloud fails at the moment, as \`${kind.command}\` shows as well`
        : `name one of \`${kind.command}\``;
    return refuse(key, value, `the cloud says: ${answer.reason}`, remedy);
  }
  const reason = `the cloud has no ${kind.what} of this name${note === undefined ? "" : `: ${note}`}`;
  const remedy =
    near.length === 0
      ? `name one of \`${kind.command}\` (${kind.searched})`
      : `write ${near.slice(0, longestList).join(" or ")}, or another of \`${kind.command}\``;
  return refuse(key, value, reason, remedy);
}

function judgeZone({ key, value }: CloudName, zones: Answer<readonly string[]> | undefined): Verdict {
  if (zones?.kind !== "known") return leaveUnchecked(`availability zone ${value}`, reasonOf(zones));
  // An administrator may name a host as well, as ZONE:HOST.
  const zone = value.split(":")[0] ?? value;
  if (zones.value.includes(zone)) return nothingToSay;
  return refuse(
    key,
    value,
    "the cloud has no availability zone of this name that takes servers",
    choice(zone, zones.value),
  );
}

function judgeVolumeType(type: string | undefined, volumes: CloudFacts["volumes"]): Verdict {
  if (type === undefined || volumes === undefined) return nothingToSay;
  if (volumes.kind !== "known") return leaveUnchecked(`volume type ${type}`, volumes.reason);
  const types = Object.keys(volumes.value.types);
  if (types.includes(type)) return nothingToSay;
  if (types.length === 0)
    return leaveUnchecked(`volume type ${type}`, "the cloud lists no volume types to this project");
  const reason = "the cloud has no volume type of this name for this project";
  return refuse("etcdVolume.type", type, reason, choice(type, types));
}

/** The remedy that lists valid names, the nearest first. */
function choice(name: string, valid: readonly string[]): string {
  const near = nearestOf(name, valid);
  const ordered = [...near, ...valid.filter((one) => !near.includes(one))];
  const rest = ordered.length - longestList;
  return `write ${ordered.slice(0, longestList).join(" or ")}${rest > 0 ? `, or one of ${rest} more` : ""}`;
}

function reasonOf(answer: Answer<unknown> | undefined): string {
  return answer === undefined || answer.kind === "known" ? "it was not asked" : answer.reason;
}
