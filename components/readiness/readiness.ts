import * as pulumi from "@pulumi/pulumi";
import type { ProgressLog } from "./progress-log";
import type { ExpectedMachine, Workload } from "./stages";
import { waitForApi, waitForCluster, type AddonExpectation } from "./wait";

/** A machine to wait for, as far as it is known before the cloud answered. */
export interface ExpectedMachineArgs extends Omit<ExpectedMachine, "publicAddress" | "sshCommand" | "serverId"> {
  readonly publicAddress: pulumi.Input<string | undefined>;
  readonly sshCommand: pulumi.Input<string>;
  readonly serverId: pulumi.Input<string>;
}

export interface ApiReadinessArgs {
  /** Administrator's kubeconfig, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly masters: readonly ExpectedMachineArgs[];
  /** What must exist before it is worth waiting: the masters' servers with their volumes. */
  readonly after: readonly pulumi.Input<string>[];
  /** How long to wait, minutes; 0 waits for nothing. */
  readonly timeoutMinutes: number;
  /** Where it is told how far everything is. */
  readonly log: ProgressLog;
  /** What the stack's state has in the cluster from earlier updates. */
  readonly recorded: readonly Workload[];
}

/** The gate between machines and add-ons: its kubeconfig is known once the API answers over TLS. */
export class ApiReadiness extends pulumi.ComponentResource {
  /** The kubeconfig of an API that answers, secret. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: ApiReadinessArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:readiness:Api", name, {}, options);
    this.kubeconfig = pulumi.secret(
      pulumi
        .all([args.kubeconfig, pulumi.all([...args.masters]), pulumi.all([...args.after])])
        .apply(async ([kubeconfig, masters]) => {
          if (!pulumi.runtime.isDryRun() && args.timeoutMinutes > 0) {
            await waitForApi(
              {
                kubeconfig,
                machines: masters,
                timeoutMinutes: args.timeoutMinutes,
                ...args.log.at(this),
                progress: args.log.progress,
              },
              args.recorded,
            );
          }
          return kubeconfig;
        }),
    );
    this.registerOutputs();
  }
}

export interface ClusterReadinessArgs {
  /** Kubeconfig of an API that answers, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly machines: readonly ExpectedMachineArgs[];
  readonly addons: AddonExpectation;
  /** What must exist before it is worth waiting: every server and every add-on. */
  readonly after: readonly pulumi.Input<string>[];
  /** How long to wait, minutes; 0 waits for nothing. */
  readonly timeoutMinutes: number;
  /** Where it is told how far everything is. */
  readonly log: ProgressLog;
}

/** The last stage of `up`: every declared node is Ready, the add-ons are rolled out and cluster DNS answers. */
export class ClusterReadiness extends pulumi.ComponentResource {
  /** The kubeconfig of a cluster that works, secret. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: ClusterReadinessArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:readiness:Cluster", name, {}, options);
    this.kubeconfig = pulumi.secret(
      pulumi
        .all([args.kubeconfig, pulumi.all([...args.machines]), pulumi.all([...args.after])])
        .apply(async ([kubeconfig, machines]) => {
          if (!pulumi.runtime.isDryRun() && args.timeoutMinutes > 0) {
            await waitForCluster(
              {
                kubeconfig,
                machines,
                timeoutMinutes: args.timeoutMinutes,
                ...args.log.at(this),
                progress: args.log.progress,
              },
              args.addons,
            );
          }
          return kubeconfig;
        }),
    );
    this.registerOutputs();
  }
}
