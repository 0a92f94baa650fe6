import { planAddresses, type AddressPlan } from "../plan/addresses";
import type { ClusterConfig } from "../model/cluster";
import { machineChange, removedMachines, type MachineChange } from "../plan/lifecycle";
import type { RecordedMachine } from "../model/recorded";
import { planMachines, type MachinePlan } from "../plan/machines";
import { logicalNameInState } from "../recorded/cluster";
import { resourcesInState, type StateResource } from "../recorded/state";

/** One machine with what this update does to it. */
export interface PlannedChange {
  readonly plan: MachinePlan;
  readonly change: MachineChange;
  /** What it is in the stack's state. */
  readonly record: RecordedMachine | undefined;
}

/** What one update does to a cluster, told from its configuration and from the stack's state. */
export interface ChangePlan {
  readonly config: ClusterConfig;
  readonly addresses: AddressPlan;
  readonly machines: readonly PlannedChange[];
  /** Machines that the configuration no longer has. */
  readonly destroyed: readonly RecordedMachine[];
  /** What logical names of the cluster's resources begin with. */
  readonly logicalName: string;
  /** Everything that is there already, also of an update that did not end. */
  readonly state: readonly StateResource[];
}

export interface ChangePlanArgs {
  readonly config: ClusterConfig;
  readonly recordedMachines: readonly RecordedMachine[];
  /** What `readState` gave. */
  readonly state: unknown;
}

export function planChanges({ config, recordedMachines, state }: ChangePlanArgs): ChangePlan {
  const addresses = planAddresses({ ...config.network, masterCount: config.masters.count, pools: config.nodePools });
  const plans = planMachines(config, addresses);
  const resources = resourcesInState(state);
  return {
    config,
    addresses,
    machines: plans.map((plan) => ({
      plan,
      change: machineChange(plan, recordedMachines),
      record: recordedMachines.find(({ name }) => name === plan.hostName),
    })),
    destroyed: removedMachines(plans, recordedMachines),
    logicalName: logicalNameInState(resources, config.clusterName) ?? config.clusterName,
    state: resources,
  };
}

/** Machines of which there is one more after this update. */
export function createdMachines({ machines }: ChangePlan): readonly PlannedChange[] {
  return machines.filter(({ change }) => change === "create");
}

/** Machines that get a new server in this update. */
export function newServers({ machines }: ChangePlan): readonly PlannedChange[] {
  return machines.filter(({ change }) => change !== "keep");
}

/** Path of a machine's key in the stack configuration: `master`, or that of its pool. */
export function groupKey({ role, pool }: MachinePlan): string {
  return role === "master" ? "master" : `nodePools.${pool ?? ""}`;
}
