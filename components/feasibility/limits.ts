import { displayValue } from "../model/problems";
import { mapAnswer, type Answer } from "../cloud/answer";
import { createdMachines, groupKey, type ChangePlan } from "./change-plan";
import type { Amount, Demand } from "./demand";
import type { CloudFacts, ComputeLimits, NetworkQuota, Usage, VolumeQuota } from "../cloud/facts";

/** One limit of the project, held against what an update takes of it. */
export interface Limit {
  /** What is counted, in the plural. */
  readonly what: string;
  readonly amount: Amount;
  /** -1 is none; `undefined` where it was not asked. */
  readonly limit: Answer<number> | undefined;
  /** What the project has of it already; `undefined` where no data source of the provider tells. */
  readonly used: Answer<number> | undefined;
  /** The key that would lower the demand, and its value. */
  readonly key: string;
  readonly value: string;
  /** What to do there, an order without its end. */
  readonly remedy: string;
}

/** All limits that a cluster meets. */
export function limitsOf(plan: ChangePlan, facts: CloudFacts, demand: Demand): readonly Limit[] {
  return [
    ...computeLimits(plan, facts, demand),
    ...networkLimits(plan, facts, demand),
    ...volumeLimits(plan, facts, demand),
  ];
}

type Blame = Pick<Limit, "key" | "value" | "remedy">;

/** Where fewer machines are asked for: at the pool that grows most. */
function machineCount(plan: ChangePlan): Pick<Limit, "key" | "value"> {
  const created = createdMachines(plan).map(({ plan: machine }) => groupKey(machine));
  const growth = (name: string): number => created.filter((key) => key === `nodePools.${name}`).length;
  const [largest] = plan.config.nodePools.toSorted((one, other) => growth(other.name) - growth(one.name));
  return largest === undefined || largest.count === 0
    ? elsewhere
    : { key: `nodePools.${largest.name}.count`, value: String(largest.count) };
}

/** Where no key of the configuration would lower a demand. */
const elsewhere: Blame = {
  key: "openstack:*",
  value: "(quota of the project)",
  remedy: "use a project with more room",
};

function computeLimits(plan: ChangePlan, { compute }: CloudFacts, demand: Demand): readonly Limit[] {
  const blame = machineCount(plan);
  const usage = (turn: (limits: ComputeLimits) => Usage): Pick<Limit, "limit" | "used"> => ({
    limit: turned(compute, (limits) => turn(limits).limit),
    used: turned(compute, (limits) => turn(limits).used),
  });
  const fewer: Blame = { ...blame, remedy: "ask for fewer machines" };
  const smaller: Blame = { ...blame, remedy: "ask for fewer machines or smaller flavors" };
  return [
    { what: "servers", amount: demand.servers, ...usage(({ servers }) => servers), ...fewer },
    { what: "cores", amount: demand.cores, ...usage(({ cores }) => cores), ...smaller },
    { what: "MiB of memory", amount: demand.memoryMiB, ...usage(({ memoryMiB }) => memoryMiB), ...smaller },
  ];
}

function networkLimits(plan: ChangePlan, facts: CloudFacts, demand: Demand): readonly Limit[] {
  const { access, adminCidrs } = plan.config;
  const of = (name: keyof NetworkQuota, what: string, blame: Blame): Limit => ({
    what,
    amount: demand[name],
    limit: turned(facts.network, (quota) => quota[name]),
    used: turned(facts.networkUse, (use) => use[name]),
    ...blame,
  });
  const ports = of("ports", "ports", { ...machineCount(plan), remedy: "ask for fewer machines" });
  const existing: Blame = { key: "existingNetwork", value: "(not set)", remedy: "name a network that exists already" };
  const floating: Blame =
    access.mode === "floatingIp" && access.nodes
      ? { key: "floatingIpNodes", value: "true", remedy: "set it to false, ask for fewer machines" }
      : elsewhere;
  const rules: Blame = {
    key: "adminCidrs",
    value: displayValue(adminCidrs.join(", ")),
    remedy: "name fewer, larger networks here and in nodePortCidrs",
  };
  return [
    { ...ports, used: facts.projectPorts },
    of("floatingAddresses", "floating addresses", floating),
    of("networks", "networks", existing),
    of("subnets", "subnets", existing),
    of("routers", "routers", existing),
    of("securityGroups", "security groups", elsewhere),
    of("securityGroupRules", "security group rules", rules),
  ];
}

function volumeLimits(plan: ChangePlan, facts: CloudFacts, demand: Demand): readonly Limit[] {
  const { etcdVolume } = plan.config.masters;
  if (etcdVolume === undefined) return [];
  const { sizeGiB, type } = etcdVolume;
  const limit = (what: string, amount: Amount, turn: (quota: VolumeQuota) => number, blame: Blame): Limit => ({
    what,
    amount,
    limit: turned(facts.volumes, turn),
    used: undefined,
    ...blame,
  });
  const use = (name: "volumes" | "gibibytes"): Pick<Limit, "used"> => ({
    used: turned(facts.volumeUse, (all) => all[name]),
  });
  const size: Blame = { key: "etcdVolume.sizeGiB", value: String(sizeGiB), remedy: "choose a smaller volume" };
  const one = { added: demand.volumeGibibytes.added > 0 ? sizeGiB : 0, whole: sizeGiB };
  return [
    { ...limit("volumes", demand.volumes, (quota) => quota.volumes, elsewhere), ...use("volumes") },
    { ...limit("GiB of volumes", demand.volumeGibibytes, (quota) => quota.gibibytes, size), ...use("gibibytes") },
    limit("GiB in one volume", one, (quota) => quota.gibibytesPerVolume, size),
    ...(type === undefined
      ? []
      : [
          limit(`volumes of type ${type}`, demand.volumes, (quota) => quota.types[type]?.volumes ?? -1, elsewhere),
          limit(`GiB of type ${type}`, demand.volumeGibibytes, (quota) => quota.types[type]?.gibibytes ?? -1, size),
        ]),
  ];
}

function turned<T, U>(answer: Answer<T> | undefined, turn: (value: T) => U): Answer<U> | undefined {
  return answer === undefined ? undefined : mapAnswer(answer, turn);
}
