import { capacityProblems, overlapProblems } from "./addresses";
import { authorizationProblems } from "./authorization";
import { oidcProblems } from "./oidc";
import { readPoolAddresses, resolvePools } from "./pools";
import { displayValue, type Problem } from "../model/problems";
import type { ReadStack } from "../config/read";
import { stackSchema } from "../config/schema";
import type { MasterCount } from "../model/cluster";
import { snapshotProblems } from "./snapshots";

/** Number of masters, which the configuration does not yet choose: see docs/decisions/0036-several-masters.md. */
export const masterCount: MasterCount = 1;

/** A check of several values against each other; it passes over values that have a problem of their own. */
type StackCheck = (stack: ReadStack) => readonly Problem[];

const notSet = "(not set)";

const access: StackCheck = ({ values, given }) => {
  const { externalNetwork } = given;
  if (values.access === "none" && externalNetwork !== undefined) {
    const reason = "access is none, which uses no external network";
    const remedy = "remove externalNetwork, or choose access direct or floatingIp";
    return [{ key: "externalNetwork", value: displayValue(externalNetwork), reason, remedy }];
  }
  if (values.access === "none" || externalNetwork !== undefined) return [];
  const reason = "is not given, and machines need it to reach the outside";
  const remedy = "give the name that `openstack network list --external` shows, or set access to none";
  return [{ key: "externalNetwork", value: notSet, reason, remedy }];
};

const shapes: StackCheck = ({ values, given }) =>
  (["image", "flavor"] as const).flatMap((key) => {
    if (given[key] !== undefined || values.nodePools === undefined || values.master === undefined) return [];
    const masterHas = values.master[key] ?? (key === "flavor" ? given["masterFlavor"] : undefined);
    const pools = Object.entries(values.nodePools);
    const isShort = pools.length === 0 || (values.nodes !== undefined && values.nodePools["default"] === undefined);
    const lacking = [
      ...(masterHas === undefined ? ["the master"] : []),
      ...(isShort ? ["pool default"] : []),
      ...pools.filter(([, pool]) => pool[key] === undefined).map(([name]) => `pool ${name}`),
    ];
    if (lacking.length === 0) return [];
    const reason = `is not given, and ${lacking.join(", ")} ${lacking.length === 1 ? "has" : "have"} none of their own`;
    const remedy = `give the name of one that \`openstack ${key} list\` shows`;
    return [{ key, value: notSet, reason, remedy }];
  });

const masterFlavor: StackCheck = ({ values }) => {
  if (values.masterFlavor === undefined || values.master?.flavor === undefined) return [];
  const reason = `master.flavor is ${values.master.flavor}: the flavor of the master is given twice`;
  return [{ key: "masterFlavor", value: values.masterFlavor, reason, remedy: "remove one of the two" }];
};

const existingNetwork: StackCheck = ({ values }) => {
  if (values.existingNetwork === undefined) return [];
  const without = (key: string, value: string, what: string): Problem => ({
    key,
    value,
    reason: `existingNetwork is given, and ${what} of a network that exists is its owner's`,
    remedy: `remove ${key} or existingNetwork`,
  });
  const { vlanId, dnsServers = [], access = "direct" } = values;
  return [
    ...(vlanId === undefined ? [] : [without("vlanId", String(vlanId), "the VLAN")]),
    // With an interface of their own on the external network machines are told their resolvers, and no subnet is.
    ...(dnsServers.length === 0 || access === "direct"
      ? []
      : [without("dnsServers", displayValue(dnsServers), "the resolver")]),
  ];
};

const certificates: StackCheck = ({ values }) => {
  const { certificateValidityHours: validity, certificateEarlyRenewalHours: renewal, authorityValidityHours } = values;
  const problems: Problem[] = [];
  if (validity !== undefined && renewal !== undefined && renewal >= validity) {
    const reason = `is not shorter than certificateValidityHours (${validity}): every up would issue certificates anew`;
    const remedy = `give less than ${validity}`;
    problems.push({ key: "certificateEarlyRenewalHours", value: String(renewal), reason, remedy });
  }
  if (validity !== undefined && authorityValidityHours !== undefined && authorityValidityHours < validity) {
    const reason = `is shorter than certificateValidityHours (${validity}): authorities would expire before their certificates`;
    const remedy = `give at least ${validity}`;
    problems.push({ key: "authorityValidityHours", value: String(authorityValidityHours), reason, remedy });
  }
  return problems;
};

const networkKeys = ["hostCidr", "podCidr", "serviceCidr"] as const;

const addresses: StackCheck = ({ values, given }) => {
  // A network with a problem of its own stands aside as its default, and what is then said about it is dropped.
  const usable = (key: (typeof networkKeys)[number]) => values[key] ?? stackSchema[key].parse(undefined);
  const networks = { hostCidr: usable("hostCidr"), podCidr: usable("podCidr"), serviceCidr: usable("serviceCidr") };
  const broken = networkKeys.filter((key) => values[key] === undefined);
  const mentions = (problem: Problem, key: string) =>
    [problem.key, ...`${problem.reason} ${problem.remedy}`.split(/\W+/)].includes(key);
  const { requests, problems } = resolvePools(values.nodes, readPoolAddresses(given["nodePools"]), networks.hostCidr);
  const capacity = capacityProblems({ ...networks, masterCount, pools: requests });
  const all = [...problems, ...overlapProblems(networks), ...capacity];
  return all.filter((problem) => !broken.some((key) => mentions(problem, key)));
};

const checks: readonly StackCheck[] = [
  access,
  shapes,
  masterFlavor,
  existingNetwork,
  certificates,
  addresses,
  authorizationProblems,
  snapshotProblems,
  oidcProblems,
];

/** What is wrong between the values of a stack, beside what is wrong with each. */
export function crossProblems(stack: ReadStack): readonly Problem[] {
  return checks.flatMap((check) => check(stack));
}
