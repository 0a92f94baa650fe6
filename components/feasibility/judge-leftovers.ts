import { machineMetadataKeys } from "../plan/names";
import type { ChangePlan } from "./change-plan";
import type { CloudFacts, CloudThing } from "../cloud/facts";
import { plannedResources, resourcesToMake, types, type PlannedResource } from "./planned-resources";
import { leaveUnchecked, nothingToSay, refuse, together, warn, type Verdict } from "./verdict";

/** What the `openstack` command calls each kind. */
const words: Readonly<Record<CloudThing["kind"], string>> = {
  server: "server",
  port: "port",
  network: "network",
  subnet: "subnet",
  router: "router",
  floatingAddress: "floating ip",
  securityGroup: "security group",
  volume: "volume",
};

/** The command that removes a thing; of a server, one that ends when it is gone and its port is free. */
function removal({ kind, id }: CloudThing): string {
  return `openstack ${words[kind]} delete ${kind === "server" ? "--wait " : ""}${id}`;
}

/**
 * What the project has of what the cluster is made of, and the stack's state does not know: an update was cut off after the cloud had
 * made it and before the engine wrote it down, or the provider asked again when an answer was lost. What is in the way of the update is a
 * problem; what is or would be there twice is a warning.
 */
export function judgeLeftovers(plan: ChangePlan, { inventory }: CloudFacts): Verdict {
  if (inventory === undefined) return nothingToSay;
  const planned = plannedResources(plan);
  const made = resourcesToMake(plan, planned);
  if (inventory.kind !== "known") {
    // Who makes nothing has no use for that at every preview.
    if (made.length === 0) return nothingToSay;
    return leaveUnchecked("what an update that was cut off may have left in the project", inventory.reason);
  }
  const own = new Set(plan.state.map(({ outputs }) => outputs["id"]));
  const strange = inventory.value.filter(({ id }) => !own.has(id));
  const inTheWay = strange.flatMap((thing) => obstacle(thing, { plan, made, own, things: inventory.value }));
  const blocked = new Set(inTheWay.map(({ thing }) => thing));
  const isOneOf = (thing: CloudThing, resources: readonly PlannedResource[]): boolean =>
    !blocked.has(thing) && resources.some((one) => isLike(thing, one, plan));
  const soonTwice = strange.filter((thing) => isOneOf(thing, made));
  const twice = strange.filter((thing) => isOneOf(thing, planned) && !soonTwice.includes(thing));
  return together([
    ...inTheWay.map((one) => judgeObstacle(plan, one)),
    judgeDoubled(
      soonTwice,
      "In the project, called like what this update makes, and not in the state of this stack",
      "An update that was cut off may have left them, and this one makes others beside them.",
    ),
    judgeDoubled(
      twice,
      "In the project beside what this stack has of the same name, and not in its state",
      "The cloud may have been asked twice, since its first answer was lost.",
    ),
  ]);
}

interface Obstacle {
  readonly thing: CloudThing;
  /** What it keeps the update from, a sentence without its end. */
  readonly reason: string;
  /** The command that takes it out of the way. */
  readonly command: string;
}

interface Surroundings {
  readonly plan: ChangePlan;
  /** What the update makes. */
  readonly made: readonly PlannedResource[];
  /** Identifiers of what is in the state. */
  readonly own: ReadonlySet<unknown>;
  readonly things: readonly CloudThing[];
}

/** Why the cloud will refuse what the update is to make, as long as this is there. */
function obstacle(thing: CloudThing, around: Surroundings): readonly Obstacle[] {
  const { plan, made, own, things } = around;
  const makes = (type: keyof typeof types, name?: string): boolean =>
    made.some((one) => one.type === types[type] && (name === undefined || one.cloudName === name));
  const because = (reason: string, command = removal(thing)): readonly Obstacle[] => [{ thing, reason, command }];
  const network = plan.config.network.existing?.networkId ?? idInState(plan, "network");
  switch (thing.kind) {
    case "server": {
      const port = things.find(({ kind, holder, id }) => kind === "port" && holder === thing.id && own.has(id));
      return port !== undefined && makes("server", thing.name) ? because(`it has the port ${port.name}`) : [];
    }
    case "port": {
      if (thing.purpose.startsWith("network:router_interface")) {
        const isOwn = makes("routerInterface") && own.has(thing.holder);
        const command = `openstack router remove port ${thing.holder} ${thing.id}`;
        return isOwn ? because("it is the router's interface", command) : [];
      }
      const taken = plan.machines.find(({ plan: { address } }) => thing.addresses.includes(address))?.plan;
      if (taken === undefined || thing.networkId !== network || !makes("port", taken.hostName)) return [];
      return because(`it has the address ${taken.address}, which ${taken.hostName} is to have`);
    }
    case "floatingAddress":
      return own.has(thing.portId) && makes("floatingAddress", thing.name) ? because("it is at the port") : [];
    case "subnet":
      return thing.networkId === network && makes("subnet", thing.name) ? because("its addresses are taken") : [];
    default:
      return [];
  }
}

function judgeObstacle({ config }: ChangePlan, { thing, reason, command }: Obstacle): Verdict {
  return refuse(
    "clusterName",
    config.clusterName,
    `the ${textOf(thing)} is in the project and not in the state of this stack, and ${reason}: an update that was cut off ` +
      "may have left it",
    `if nobody needs it, \`${command}\`, and run the command again`,
  );
}

/** @param where they are, a sentence without its end. @param cause how they may have come to be, a sentence */
function judgeDoubled(things: readonly CloudThing[], where: string, cause: string): Verdict {
  if (things.length === 0) return nothingToSay;
  const commands = things.map((thing) => `\`${removal(thing)}\``);
  return warn(`${where}: ${things.map(textOf).join(", ")}. ${cause} If nobody needs them: ${commands.join("; ")}.`);
}

/** Whether a thing of the project may be what the program meant to make: by its name and, where it has been told one, by its cluster. */
function isLike({ kind, name, metadata }: CloudThing, { type, cloudName }: PlannedResource, plan: ChangePlan): boolean {
  const cluster = metadata[machineMetadataKeys.cluster];
  const isOurs = kind === "server" || kind === "volume" ? cluster === plan.config.clusterName : true;
  return types[kind] === type && name === cloudName && isOurs;
}

function idInState({ state, logicalName }: ChangePlan, kind: "network"): unknown {
  return state.find(({ type, name }) => type === types[kind] && name === `${logicalName}-${kind}`)?.outputs["id"];
}

function textOf({ kind, name, id, addresses }: CloudThing): string {
  const where = kind === "port" && addresses.length > 0 ? `, ${addresses.join(", ")}` : "";
  return `${words[kind]} ${name} (${id}${where})`;
}
