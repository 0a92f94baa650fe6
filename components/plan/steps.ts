import type { ReadinessConfig, RolloutConfig } from "../model/cluster";
import type { RecordedMachine } from "../model/recorded";
import { replacedEarlier } from "./earlier";
import { machineChange, removedMachines } from "./lifecycle";
import type { MachinePlan } from "./machines";

/** How machines are replaced and removed; an update that waits for nothing drains nothing. */
export type Pace = RolloutConfig & ReadinessConfig;

/** What one step of an update does. */
export type Deed =
  /** Looks whether the cloud can shut the master down, before anything is done to it. */
  | "examine"
  /** Waits until every other master serves, so that this one may be away. */
  | "spare"
  /** Empties a machine and removes its Node object. */
  | "retire"
  /** Shuts a master down, so that etcd's volume can be taken from it. */
  | "shutDown"
  /** The engine makes the machine's server, in place of the one that it has or as a new one. */
  | "make"
  /** Waits until the machine that was made is a Ready node. */
  | "join"
  /** Waits until machines that stay are Ready nodes. */
  | "check"
  /** Lets pods again on machines that stay, and that an earlier update cordoned. */
  | "release";

/** One step of an update, which begins once all before it are done. */
export interface Step {
  /** The deed and the first machine that it is for: unique in an update. */
  readonly id: string;
  readonly deed: Deed;
  /** The machines that it is for, by host name; one, but for `check` and `release`, and for `spare`, which looks at those after the first. */
  readonly hostNames: readonly string[];
  /** The identifiers of the steps before it. */
  readonly after: readonly string[];
}

/**
 * What an update does to the machines of a cluster, in which order: the master first, and as a Ready node, before anything else is touched; of
 * several masters those first that are new or lost, all at once, and then those that are replaced, one at a time while all others serve; then
 * new nodes, which no API server ever meets that is older than they are; then the nodes that are replaced, `maxUnavailable` at a time; last those
 * that go for good, once all that stay are Ready. Machines of a new cluster have no order. Where the API cannot be reached
 * (`readinessTimeoutMinutes` is 0), nothing is drained or waited for, and masters are made before nodes all the same. The order follows from what
 * is there, so that an update which was cut off goes on in it.
 *
 * @returns every step, each after those that it waits for
 */
export function planSteps(
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  pace: Pace,
): readonly Step[] {
  const steps: Step[] = [];
  /** Adds a step, and gives what comes after it. */
  const add = (deed: Deed, hostNames: readonly string[], after: readonly string[]): readonly string[] => {
    const [first] = hostNames;
    if (first === undefined) return [];
    const id = `${deed} ${first}`;
    steps.push({ id, deed, hostNames, after: [...new Set(after)] });
    return [id];
  };
  const changeOf = (plan: MachinePlan) => machineChange(plan, recorded);
  const namesOf = (role: MachinePlan["role"], change: ReturnType<typeof machineChange>): readonly string[] =>
    plans.filter((plan) => plan.role === role && changeOf(plan) === change).map(({ hostName }) => hostName);
  if (recorded.length === 0) {
    for (const { hostName } of plans) add("make", [hostName], []);
    return steps;
  }
  const isReachable = pace.timeoutMinutes > 0;
  const replaced = namesOf("node", "replace");
  const removed = removedMachines(plans, recorded).map(({ name }) => name);

  // New masters wait for each other by themselves (etcd takes in one at a time), and lost ones may have no quorum before all are back.
  let masters: readonly string[] = namesOf("master", "create").flatMap((hostName) => {
    const made = add("make", [hostName], []);
    return isReachable ? add("join", [hostName], made) : made;
  });
  const allMasters = plans.filter(({ role }) => role === "master").map(({ hostName }) => hostName);
  for (const hostName of namesOf("master", "replace")) {
    const others = allMasters.filter((name) => name !== hostName);
    let before = add("examine", [hostName], masters);
    if (isReachable && others.length > 0) before = add("spare", [hostName, ...others], before);
    if (isReachable) before = add("retire", [hostName], before);
    before = add("shutDown", [hostName], before);
    const made = add("make", [hostName], before);
    masters = isReachable ? add("join", [hostName], made) : made;
  }
  const areNodesDrained = isReachable && replaced.length + removed.length > 0;
  // One that an earlier update replaced, and did not come to see Ready, stays in this one.
  if (areNodesDrained) masters = [...masters, ...add("check", namesOf("master", "keep"), masters)];

  const joined: string[] = [...masters];
  for (const hostName of namesOf("node", "create")) {
    const made = add("make", [hostName], masters);
    if (areNodesDrained) joined.push(...add("join", [hostName], made));
  }
  const earlier = isReachable ? replacedEarlier(plans, recorded).map(({ hostName }) => hostName) : [];
  joined.push(...add("check", earlier, masters));

  const ready: (readonly string[])[] = [];
  for (const hostName of replaced) {
    const before = [...joined, ...(ready[ready.length - pace.maxUnavailable] ?? [])];
    const made = add("make", [hostName], isReachable ? add("retire", [hostName], before) : masters);
    if (isReachable) ready.push(add("join", [hostName], made));
  }

  if (isReachable) {
    // Also those that an update which did not end has made for the pods of these.
    const staying = removed.length === 0 ? [] : namesOf("node", "keep").filter((name) => !earlier.includes(name));
    let before: readonly string[] = [...joined, ...ready.flat(), ...add("check", staying, masters)];
    for (const hostName of removed) before = add("retire", [hostName], before);
    add("release", [...namesOf("master", "keep"), ...namesOf("node", "keep")], masters);
  }
  return steps;
}
