import { valueOf } from "../cloud/answer";
import { createdMachines, newServers, type ChangePlan } from "./change-plan";
import type { CloudFacts, FlavorFacts } from "../cloud/facts";
import { missingResources, plannedResources, types, type PlannedResource } from "./planned-resources";

/** A number of things of a project. */
export interface Amount {
  /** What this update adds. */
  readonly added: number;
  /** What the project has at least, once the whole cluster is there. */
  readonly whole: number;
}

/** What a cluster takes of a project's quota. */
export interface Demand {
  readonly servers: Amount;
  readonly cores: Amount;
  readonly memoryMiB: Amount;
  readonly networks: Amount;
  readonly subnets: Amount;
  readonly routers: Amount;
  readonly ports: Amount;
  readonly floatingAddresses: Amount;
  readonly securityGroups: Amount;
  readonly securityGroupRules: Amount;
  readonly volumes: Amount;
  readonly volumeGibibytes: Amount;
}

/** Rules that Neutron itself puts into a new group (egress for IPv4 and IPv6), and into a project's default group (ingress as well). */
const rulesOfNewGroup = 2;
const rulesOfDefaultGroup = 4;

/**
 * What an update adds to a project, and what the whole cluster takes. What is in the state is there already and adds nothing. A
 * replacement deletes before it creates: it adds what its new flavor has more than the old one.
 */
export function demandOf(plan: ChangePlan, facts: CloudFacts): Demand {
  const planned = plannedResources(plan);
  const missing = missingResources(planned, plan.state);
  const amount = (type: keyof typeof types): Amount => ({ added: count(missing, type), whole: count(planned, type) });
  const groups = amount("securityGroup");
  return {
    servers: amount("server"),
    cores: sizeDemand(plan, facts, ({ cores }) => cores),
    memoryMiB: sizeDemand(plan, facts, ({ memoryMiB }) => memoryMiB),
    networks: amount("network"),
    subnets: amount("subnet"),
    routers: amount("router"),
    // A subnet with DHCP has a port of its own, and so has a router on it.
    ports: sum([amount("port"), amount("subnet"), amount("routerInterface")]),
    floatingAddresses: amount("floatingAddress"),
    // Every project has its default group.
    securityGroups: sum([groups, { added: 0, whole: 1 }]),
    securityGroupRules: sum([
      amount("securityGroupRule"),
      { added: groups.added * rulesOfNewGroup, whole: groups.whole * rulesOfNewGroup },
      { added: 0, whole: rulesOfDefaultGroup },
    ]),
    volumes: amount("volume"),
    volumeGibibytes: volumeDemand(plan),
  };
}

function count(resources: readonly PlannedResource[], type: keyof typeof types): number {
  return resources.filter((resource) => resource.type === types[type]).length;
}

function sum(amounts: readonly Amount[]): Amount {
  return {
    added: total(amounts.map(({ added }) => added)),
    whole: total(amounts.map(({ whole }) => whole)),
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** Space of volumes; one that is there grows by the difference. */
export function volumeDemand(plan: ChangePlan): Amount {
  const { config, state } = plan;
  const size = config.masters.etcdVolume?.sizeGiB ?? 0;
  const volumes = plannedResources(plan).filter(({ type }) => type === types.volume);
  const added = volumes.map(({ type, name }) => {
    const existing = state.find((resource) => resource.type === type && resource.name === name);
    return Math.max(0, size - Number(existing?.outputs["size"] ?? 0));
  });
  return { added: total(added), whole: size * volumes.length };
}

function sizeDemand(plan: ChangePlan, facts: CloudFacts, sizeOf: (flavor: FlavorFacts) => number): Amount {
  const size = (flavor: string): number | undefined => {
    const known = valueOf(facts.flavors.get(flavor)?.answer);
    return known === undefined ? undefined : sizeOf(known);
  };
  const created = createdMachines(plan).map(({ plan: { shape } }) => size(shape.flavor) ?? 0);
  const grown = newServers(plan).map(({ plan: { shape }, record }) => {
    const [now, before] = [size(shape.flavor), record === undefined ? undefined : size(record.flavor)];
    return now === undefined || before === undefined ? 0 : now - before;
  });
  const whole = plan.machines.map(({ plan: { shape } }) => size(shape.flavor) ?? 0);
  return { added: total(created) + total(grown), whole: total(whole) };
}
