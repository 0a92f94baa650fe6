import * as pulumi from "@pulumi/pulumi";
import { machineAuthorities } from "./plan/authorities";
import type { ClusterConfig } from "./model/cluster";
import { KeyPair } from "./instances/key-pair";
import type { MachineArgs } from "./instances/machine";
import { Master } from "./instances/master";
import { NodePool } from "./instances/node-pool";
import type { ClusterDescription } from "./description/user-data";
import type { Instance } from "./instances/instance";
import { machineChange, namesKeyPair, restoreOf, type MachineChange } from "./plan/lifecycle";
import type { RecordedMachine } from "./model/recorded";
import { hasEtcdVolume, stayingMachines } from "./plan/made-with";
import type { MachinePlan } from "./plan/machines";
import { keyPairName } from "./plan/names";
import type { Attachment } from "./network/attachment";
import type { Pki } from "./pki/pki";
import type { ProgressLog } from "./readiness/progress-log";
import type { ExpectedMachineArgs } from "./readiness/readiness";
import { roleLabel } from "./readiness/roles";
import { masterPower, rolloutOperations } from "./rollout/operations";
import { planSteps } from "./plan/steps";
import { Rollout } from "./rollout/rollout";

export interface FleetArgs {
  readonly config: ClusterConfig;
  readonly plans: readonly MachinePlan[];
  readonly recordedMachines: readonly RecordedMachine[];
  /** Whether the stack's state has a key pair, which an earlier version made. */
  readonly hasKeyPair: boolean;
  readonly attachments: ReadonlyMap<string, Attachment>;
  readonly description: ClusterDescription;
  readonly pki: Pki;
  /** An administrator's kubeconfig, by which machines are drained; secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Where it is told how far each machine is. */
  readonly log: ProgressLog;
}

/** One machine with everything that is told of it. */
export interface FleetMachine {
  readonly plan: MachinePlan;
  readonly instance: Instance;
  readonly expected: ExpectedMachineArgs;
  /** What the stack's state has of it, where it stays. */
  readonly staying: RecordedMachine | undefined;
}

/** All machines of a cluster, made and replaced in order. */
export interface Fleet {
  /** In the order of the plan. */
  readonly machines: readonly FleetMachine[];
  /** A master's server and volume, each as soon as it is complete. */
  readonly mastersComplete: readonly pulumi.Output<string>[];
  /** Known once every step is done: machines that go for good are drained, and those that stay take pods. */
  readonly settled: pulumi.Output<unknown>;
}

/** Makes the machines as children of the cluster. @param name the cluster's logical name */
export function makeFleet(name: string, args: FleetArgs, cluster: pulumi.Resource): Fleet {
  const { config, plans, recordedMachines } = args;
  const parent = { parent: cluster };
  if (args.hasKeyPair && namesKeyPair(plans, recordedMachines))
    new KeyPair(`${name}-ssh`, { ...config.ssh, keyPairName: keyPairName(config.clusterName) }, parent);
  const readyMinutes = config.readiness.timeoutMinutes;
  const told = { log: args.log, resource: cluster };
  const servers = recordedServers(recordedMachines);
  const reachable = (plan: MachinePlan): Omit<ExpectedMachineArgs, "serverId"> => {
    const publicAddress = attachmentOf(args, plan).publicAddresses.apply((list) => list[0]);
    const sshCommand = publicAddress.apply((address) => `ssh ${config.ssh.user}@${address ?? plan.address}`);
    const label = roleLabel(plan);
    return {
      hostName: plan.hostName,
      role: plan.role,
      publicAddress,
      sshCommand,
      ...(label === undefined ? {} : { roleLabel: label }),
    };
  };
  const rollout = new Rollout({
    steps: planSteps(plans, recordedMachines, { ...config.rollout, ...config.readiness }),
    kubeconfig: args.kubeconfig,
    reachable: (hostName) => {
      const plan = plans.find((one) => one.hostName === hostName);
      if (plan === undefined) throw new Error(`${hostName} is waited for, and not planned`);
      return { ...reachable(plan), serverId: servers.get(hostName) ?? "" };
    },
    operations: rolloutOperations({ drainMinutes: config.rollout.drainMinutes, readyMinutes, ...told }),
    power: masterPower(servers, told),
  });
  const placeOf = ({ hostName }: MachinePlan, change: MachineChange): Pick<MachineArgs, "replacement" | "joining"> => {
    const place = rollout.place(hostName);
    if (place === undefined) return {};
    return change === "replace" ? { replacement: place } : { joining: place };
  };
  const staying = new Map(stayingMachines(plans, recordedMachines).map(({ plan, record }) => [plan, record]));
  const stayingArgs = (plan: MachinePlan): Pick<MachineArgs, "staying"> => {
    const record = staying.get(plan);
    return record === undefined ? {} : { staying: record };
  };
  const machineArgs = (plan: MachinePlan): MachineArgs => ({
    machine: plan,
    attachment: attachmentOf(args, plan),
    cluster: args.description,
    pki: args.pki,
    authorities: machineAuthorities(plan, recordedMachines, config.certificates.authorities),
    ...stayingArgs(plan),
    ...placeOf(plan, machineChange(plan, recordedMachines)),
  });
  const masters = plans
    .filter(({ role }) => role === "master")
    .map(
      (plan) =>
        new Master(
          `${name}-${plan.logicalName}`,
          {
            ...machineArgs(plan),
            // One that stays gets no volume: its data is on its own disk until another takes its place.
            etcdVolume: hasEtcdVolume(plan, recordedMachines) ? config.masters.etcdVolume : undefined,
            etcdRestore: restoreOf(plan, recordedMachines, config.backup.restore),
            protectData: config.protectData,
          },
          parent,
        ),
    );
  const pools = config.nodePools.map(
    (pool) =>
      new NodePool(
        `${name}-${pool.name}`,
        {
          machines: plans
            .filter((plan) => plan.pool === pool.name)
            .map((plan) => ({ name: `${name}-${plan.logicalName}`, args: machineArgs(plan) })),
        },
        parent,
      ),
  );
  const made = [...masters, ...pools.flatMap((pool) => pool.nodes)];
  const machines = plans.map((plan, index) => {
    const component = made[index];
    if (component === undefined) throw new Error(`${plan.hostName} was planned and not made`);
    return { plan, component, instance: component.instance };
  });
  args.log.follow(
    machines.map(({ plan, component, instance }) => ({
      hostName: plan.hostName,
      component,
      change: machineChange(plan, recordedMachines),
      portIds: attachmentOf(args, plan).portIds,
      serverId: instance.instanceId,
    })),
    cluster,
  );
  const fleet = machines.map(({ plan, instance }) => ({
    plan,
    instance,
    expected: { ...reachable(plan), serverId: instance.instanceId },
    staying: staying.get(plan),
  }));
  return { machines: fleet, mastersComplete: masters.map(({ complete }) => complete), settled: rollout.settled };
}

function attachmentOf({ attachments }: FleetArgs, { hostName }: MachinePlan): Attachment {
  const attachment = attachments.get(hostName);
  if (attachment === undefined) throw new Error(`${hostName} has no place in the network`);
  return attachment;
}

/** Nova's identifiers of the servers as they were before this update, by host name. */
function recordedServers(recorded: readonly RecordedMachine[]): ReadonlyMap<string, string> {
  return new Map(recorded.flatMap(({ name, serverId }) => (serverId === undefined ? [] : [[name, serverId] as const])));
}
