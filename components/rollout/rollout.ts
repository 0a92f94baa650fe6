import * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../plan/machines";
import type { ExpectedMachineArgs } from "../readiness/readiness";
import type { ExpectedMachine } from "../readiness/stages";
import type { RolloutOperations } from "./operations";

export interface RolloutArgs {
  /** Number of nodes that are replaced at the same time, from 1. */
  readonly maxUnavailable: number;
  /** An administrator's kubeconfig, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** `undefined` where the API cannot be reached: then nothing is drained, and nothing waits for anything. */
  readonly operations: RolloutOperations | undefined;
  /** Shuts a master down, which needs no API. */
  readonly shutDown: (hostName: string) => Promise<void>;
}

/** The place of one machine among those that this update replaces. */
export interface Replacement {
  /** Known when the old machine may go: its turn has come, and its pods are elsewhere. */
  readonly turn: pulumi.Output<unknown>;
  /**
   * Has the machines that come next wait until the new one is a Ready node.
   * @param serverId identifier of the new server
   * @param complete known once everything that belongs to it is attached
   */
  follow(serverId: pulumi.Output<string>, complete: pulumi.Output<string>): void;
}

type Known = pulumi.Output<[ExpectedMachine, string]>;

/**
 * Replacements and removals in order: masters first, then nodes, `maxUnavailable` at a time, each drained before its server goes, and the next
 * once the new machine is a Ready node. Works by outputs that become known when a machine's turn has come; a preview waits for none.
 */
export class Rollout {
  private readonly nodes: pulumi.Output<unknown>[] = [];
  private masters: pulumi.Output<unknown> = pulumi.output(undefined);
  private earlier: pulumi.Output<unknown> = pulumi.output(undefined);

  constructor(private readonly args: RolloutArgs) {}

  /**
   * Sets a machine in the order. To be asked for when those before it are made.
   * @param reachable how the machine is reached
   */
  replacement(plan: MachinePlan, reachable: Omit<ExpectedMachineArgs, "serverId">): Replacement {
    return {
      turn: plan.role === "master" ? this.turnOfMaster(plan) : this.turnOfNode(plan),
      follow: (serverId, complete) => {
        const known: Known = pulumi.all([pulumi.output({ ...reachable, serverId }), complete]);
        if (plan.role === "master") this.masters = this.followMaster(known);
        else this.nodes.push(this.followNode(known));
      },
    };
  }

  /**
   * Has every node's turn wait until others are Ready that stay: those that an update replaced which did not end. To be asked for once the masters
   * are made.
   */
  resume(nodes: readonly ExpectedMachineArgs[]): void {
    this.earlier = this.awaitReady(nodes, this.masters);
  }

  /**
   * Drains nodes that the configuration no longer has, after all replacements, and once nodes that are new in this update can take their pods; the
   * engine removes their servers at the end of the update.
   */
  remove(hostNames: readonly string[], newcomers: readonly ExpectedMachineArgs[]): pulumi.Output<unknown> {
    const joined = this.awaitReady(hostNames.length === 0 ? [] : newcomers, this.masters);
    const before = pulumi.all([this.masters, this.earlier, joined, ...this.nodes]);
    return this.inUpdate(before, async (operations, kubeconfig) => {
      for (const hostName of hostNames) await operations.retireNode(kubeconfig, hostName);
    });
  }

  /** Lets pods again on machines that stay, and that an earlier update cordoned and did not come to replace; once the masters are there. */
  release(hostNames: readonly string[]): pulumi.Output<unknown> {
    if (hostNames.length === 0) return pulumi.output(undefined);
    return this.inUpdate(this.masters, (operations, kubeconfig) => operations.release(kubeconfig, hostNames));
  }

  private turnOfMaster({ hostName }: MachinePlan): pulumi.Output<unknown> {
    const drained = this.inUpdate(this.masters, (operations, kubeconfig) =>
      operations.retireMaster(kubeconfig, hostName),
    );
    return momentAfter(drained, () => this.args.shutDown(hostName));
  }

  private turnOfNode({ hostName }: MachinePlan): pulumi.Output<unknown> {
    const before = this.nodes[this.nodes.length - this.args.maxUnavailable];
    return this.inUpdate(pulumi.all([this.masters, this.earlier, before]), (operations, kubeconfig) =>
      operations.retireNode(kubeconfig, hostName),
    );
  }

  private followMaster(known: Known): pulumi.Output<unknown> {
    return this.inUpdate(known, (operations, kubeconfig, [machine]) => operations.awaitMaster(kubeconfig, machine));
  }

  private followNode(known: Known): pulumi.Output<unknown> {
    return this.inUpdate(known, (operations, kubeconfig, [machine]) => operations.awaitNode(kubeconfig, machine));
  }

  private awaitReady(nodes: readonly ExpectedMachineArgs[], after: pulumi.Output<unknown>): pulumi.Output<unknown> {
    if (nodes.length === 0) return pulumi.output(undefined);
    return this.inUpdate(pulumi.all([pulumi.output([...nodes]), after]), (operations, kubeconfig, [machines]) =>
      operations.awaitReady(kubeconfig, machines),
    );
  }

  /** Does something to the cluster in an update, once an output is known; nothing where its API cannot be reached. */
  private inUpdate<T>(
    after: pulumi.Output<T>,
    work: (operations: RolloutOperations, kubeconfig: string, value: T) => Promise<void>,
  ): pulumi.Output<unknown> {
    const { kubeconfig, operations } = this.args;
    if (operations === undefined) return pulumi.output(undefined);
    return momentAfter(pulumi.all([kubeconfig, after]), ([text, value]) => work(operations, text, value as T));
  }
}

/**
 * Does something in an update, once an output is known; nothing in a preview. What it gives is a moment, which is no secret and depends on no
 * resource: a server whose inputs depended on another server would be deleted together with that one, undrained, in the next update that
 * replaces it (`deleteBeforeReplace`).
 */
function momentAfter<T>(after: pulumi.Output<T>, work: (value: T) => Promise<void>): pulumi.Output<unknown> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(undefined);
  return pulumi.output(
    new Promise<void>((resolve, reject) => {
      after.apply((value) => {
        keepingAlive(() => work(value)).then(resolve, reject);
      });
    }),
  );
}

/**
 * Keeps the program alive while something is done. Node ends a program that waits for nothing but promises and timers without a reference, and
 * the SDK takes that for the end of an update (`beforeExit`): the engine then deletes every server whose turn had not come yet.
 */
async function keepingAlive(work: () => Promise<void>): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  try {
    await work();
  } finally {
    clearInterval(alive);
  }
}
