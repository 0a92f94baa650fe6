import * as pulumi from "@pulumi/pulumi";
import type { Step } from "../plan/steps";
import type { ExpectedMachineArgs } from "../readiness/readiness";
import type { ExpectedMachine } from "../readiness/stages";
import type { MasterPower, RolloutOperations } from "./operations";

export interface RolloutArgs {
  /** What the update does, in which order. */
  readonly steps: readonly Step[];
  /** An administrator's kubeconfig, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  /** How the machines are reached that the steps name, by host name; of one that is made, its server is told later. */
  readonly reachable: (hostName: string) => ExpectedMachineArgs;
  readonly operations: RolloutOperations;
  /** Shuts a master down, which needs no API. */
  readonly power: MasterPower;
}

/** The place of one machine among those that this update makes. */
export interface Place {
  /** Known when its server may be made, in place of the one that it has or as a new one. */
  readonly turn: pulumi.Output<unknown>;
  /** Has nothing be done to the master that it replaces before something else has succeeded. To be called at once. */
  awaitFirst(ground: pulumi.Output<unknown>): void;
  /**
   * Has the steps that come next wait for the new machine.
   * @param serverId identifier of the new server
   * @param complete known once everything that belongs to it is attached
   */
  follow(serverId: pulumi.Output<string>, complete: pulumi.Output<string>): void;
}

/**
 * Carries out the steps of an update, each once those before it are done; the engine makes the servers. Works by outputs that become known when a
 * machine's turn has come; a preview waits for none.
 *
 * What it gives is a moment, which is no secret and depends on no resource: a server whose inputs depended on another server would be deleted
 * together with that one, undrained, in the next update that replaces it (`deleteBeforeReplace`).
 */
export class Rollout {
  private readonly moments = new Map<string, Promise<void>>();
  private readonly made = new Map<string, (serverId: string) => void>();
  private readonly grounds = new Map<string, pulumi.Output<unknown>>();
  private readonly servers = new Map<string, Promise<string>>();
  /** Who takes the place of whom among the nodes that are replaced, by host name. */
  private seats: Promise<ReadonlyMap<string, string>> | undefined;
  /** Identifiers of servers that were made so far, by host name. */
  private readonly serverIds = new Map<string, string>();

  constructor(private readonly args: RolloutArgs) {
    if (pulumi.runtime.isDryRun()) return;
    for (const { deed, hostNames } of args.steps) {
      for (const hostName of deed === "make" ? hostNames : []) {
        this.servers.set(hostName, new Promise((resolve) => this.made.set(hostName, resolve)));
      }
    }
    // A step that fails is told by itself, whether or not anything waits for it: nobody catches this.
    for (const step of args.steps) void this.moment(step).then(() => undefined);
  }

  /** The place of a machine that this update makes; `undefined` for one that stays. */
  place(hostName: string): Place | undefined {
    const step = this.args.steps.find(({ deed, hostNames }) => deed === "make" && hostNames.includes(hostName));
    if (step === undefined) return undefined;
    return {
      turn: this.turnOf(hostName, step),
      awaitFirst: (ground) => this.grounds.set(hostName, ground),
      follow: (serverId, complete) => {
        pulumi.all([serverId, complete]).apply(([id]) => {
          this.serverIds.set(hostName, id);
          this.made.get(hostName)?.(id);
        });
      },
    };
  }

  /** Known once every step is done. */
  get settled(): pulumi.Output<unknown> {
    return this.onceDone(this.args.steps.map(({ id }) => id));
  }

  /**
   * When a machine may be made. Steps are planned in the order of the configuration, each named after the node whose turn it would be; who goes
   * first is known once the cluster can be asked.
   */
  private turnOf(hostName: string, planned: Step): pulumi.Output<unknown> {
    if (pulumi.runtime.isDryRun() || !this.replacedNodes.includes(hostName)) return this.onceDone(planned.after);
    const turn = this.seating().then(async (seats) => {
      const seat = [...seats].find(([, taker]) => taker === hostName)?.[0] ?? hostName;
      const step = this.args.steps.find(({ deed, hostNames }) => deed === "make" && hostNames.includes(seat));
      await whenAll(this.momentsOf(step?.after ?? planned.after));
    });
    return pulumi.output(turn);
  }

  /** Nodes that this update replaces and drains, in the planned order. */
  private get replacedNodes(): readonly string[] {
    const of = (wanted: Step["deed"]) =>
      this.args.steps.filter(({ deed }) => deed === wanted).flatMap(({ hostNames }) => hostNames);
    const [made, masters] = [of("make"), of("shutDown")];
    return of("retire").filter((hostName) => made.includes(hostName) && !masters.includes(hostName));
  }

  /** Asked once everything is done that comes before the first of them. */
  private seating(): Promise<ReadonlyMap<string, string>> {
    this.seats ??= (async () => {
      const planned = this.replacedNodes;
      const [first = ""] = planned;
      const retire = this.args.steps.find(({ deed, hostNames }) => deed === "retire" && hostNames.includes(first));
      await whenAll(this.momentsOf(retire?.after ?? []));
      const order =
        planned.length < 2
          ? planned
          : await keepingAlive(async () => this.args.operations.order(await this.kubeconfig(), planned));
      return new Map(planned.map((hostName, index) => [hostName, order[index] ?? hostName]));
    })();
    return this.seats;
  }

  /** The machine for which a step is done. */
  private async takerOf({ hostNames: [hostName = ""] }: Step): Promise<string> {
    return this.replacedNodes.includes(hostName) ? ((await this.seating()).get(hostName) ?? hostName) : hostName;
  }

  private onceDone(ids: readonly string[]): pulumi.Output<unknown> {
    if (pulumi.runtime.isDryRun() || ids.length === 0) return pulumi.output(undefined);
    return pulumi.output(whenAll(this.momentsOf(ids)));
  }

  private momentsOf(ids: readonly string[]): readonly Promise<void>[] {
    return this.args.steps.filter(({ id }) => ids.includes(id)).map((step) => this.moment(step));
  }

  /** When a step is done. One whose turn never comes, since a step before it failed, is never done. */
  private moment(step: Step): Promise<void> {
    const known = this.moments.get(step.id);
    if (known !== undefined) return known;
    const before = whenAll(this.momentsOf(step.after));
    const moment = before.then(async () => {
      if (step.deed === "make") await this.serversOf(step);
      else await keepingAlive(() => this.carryOut(step));
    });
    this.moments.set(step.id, moment);
    return moment;
  }

  private async carryOut(step: Step): Promise<void> {
    const { operations, power } = this.args;
    const hostName = await this.takerOf(step);
    switch (step.deed) {
      case "examine":
        await valueOf(this.grounds.get(hostName) ?? pulumi.output(undefined));
        return power.examine(hostName);
      case "spare":
        return this.awaitOthers(step);
      case "shutDown": {
        // Its pods may have taken their time to go, and another master may have been lost meanwhile.
        const spare = this.args.steps.find(({ deed, hostNames: [first] }) => deed === "spare" && first === hostName);
        if (spare !== undefined) await this.awaitOthers(spare);
        return power.shutDown(hostName);
      }
      case "make":
        return;
      case "retire":
        return this.isMaster(hostName)
          ? operations.retireMaster(await this.kubeconfig(), hostName)
          : operations.retireNode(await this.kubeconfig(), hostName);
      case "join": {
        const [machine] = await this.machines([hostName]);
        if (machine === undefined) return;
        return machine.role === "master"
          ? operations.awaitMaster(await this.kubeconfig(), machine)
          : operations.awaitNode(await this.kubeconfig(), machine);
      }
      case "check":
        return operations.awaitReady(await this.kubeconfig(), await this.machines(step.hostNames));
      case "release":
        return operations.release(await this.kubeconfig(), step.hostNames);
    }
  }

  /** Waits until the masters serve that a `spare` step looks at. */
  private async awaitOthers(step: Step): Promise<void> {
    const [, ...names] = step.hostNames;
    // As they are now: the turn of some may be still to come.
    const others = names.map((hostName) => this.machine(hostName, this.serverIds.get(hostName)));
    await this.args.operations.awaitServing(await this.kubeconfig(), await Promise.all(others));
  }

  /** A master that is retired is shut down afterwards. */
  private isMaster(hostName: string): boolean {
    return this.args.steps.some(({ deed, hostNames }) => deed === "shutDown" && hostNames.includes(hostName));
  }

  private kubeconfig(): Promise<string> {
    return valueOf(pulumi.output(this.args.kubeconfig));
  }

  /** The servers of a `make` step. */
  private async serversOf(step: Step): Promise<void> {
    await this.servers.get(await this.takerOf(step));
  }

  private machines(hostNames: readonly string[]): Promise<readonly ExpectedMachine[]> {
    return Promise.all(hostNames.map(async (hostName) => this.machine(hostName, await this.servers.get(hostName))));
  }

  /** @param newServer identifier of the server that this update made, where it has */
  private machine(hostName: string, newServer: string | undefined): Promise<ExpectedMachine> {
    const { serverId, ...machine } = this.args.reachable(hostName);
    return valueOf(pulumi.output({ ...machine, serverId: newServer ?? serverId }));
  }
}

/** Known once all are; never, where one fails: that one is told of by itself. */
function whenAll(moments: readonly Promise<void>[]): Promise<void> {
  return new Promise((resolve) => {
    Promise.all(moments).then(
      () => {
        resolve();
      },
      () => undefined,
    );
  });
}

/** The value of an output in an update, where all come to be known. */
function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

/**
 * Keeps the program alive while something is done. Node ends a program that waits for nothing but promises and timers without a reference, and
 * the SDK takes that for the end of an update (`beforeExit`): the engine then deletes every server whose turn had not come yet.
 */
async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const alive = setInterval(() => undefined, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(alive);
  }
}
