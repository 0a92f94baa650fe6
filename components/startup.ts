import * as pulumi from "@pulumi/pulumi";
import { Addons, addonWorkloads } from "./addons/addons";
import { dnsPods } from "./addons/coredns";
import type { AddressPlan } from "./plan/addresses";
import type { ClusterConfig } from "./model/cluster";
import type { Fleet } from "./fleet";
import type { ProgressLog } from "./readiness/progress-log";
import { ApiReadiness, ClusterReadiness } from "./readiness/readiness";
import { dnsPlaces } from "./plan/dns-places";
import { images } from "./plan/releases";

/** Whose names are asked for to see whether any from outside are answered: of a host that machines turn to anyhow. */
const registryHost = "registry.k8s.io";

export interface StartupArgs {
  readonly config: ClusterConfig;
  readonly addresses: AddressPlan;
  /** Address of the API on the host network. */
  readonly apiAddress: string;
  /** The machines that must become Ready. */
  readonly fleet: Fleet;
  readonly log: ProgressLog;
  /** Names of the workloads that the stack's state has in the cluster. */
  readonly recordedWorkloads: readonly string[];
  /** Kubeconfig that becomes the stack's output, secret. */
  readonly administratorKubeconfig: pulumi.Input<string>;
  /** Kubeconfig that makes the add-ons, secret: the administrator's rights are one of them. */
  readonly breakGlassKubeconfig: pulumi.Input<string>;
}

/**
 * From machines that boot to a cluster that works: the API answers, add-ons are in, every node is Ready, DNS answers. Where nothing is waited for
 * (`readiness.timeoutMinutes` is 0), it keeps the add-ons of a cluster that has them.
 */
export class Startup extends pulumi.ComponentResource {
  /** Administrator's kubeconfig of a cluster that works, secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /**
   * The same for what is put into the cluster, secret: known once the API answers and the administrator has rights. A node more leaves it
   * known in the preview, where `kubeconfig` would not be.
   */
  readonly workloadKubeconfig: pulumi.Output<string>;

  constructor(name: string, args: StartupArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:index:Startup", name, {}, options);
    const { config, addresses } = args;
    const parent = { parent: this };
    const { timeoutMinutes } = config.readiness;
    const { machines, mastersComplete } = args.fleet;
    const [firstMaster] = machines;
    if (firstMaster === undefined) throw new Error("a cluster needs a master");
    const expected = machines.map((machine) => machine.expected);
    const api = new ApiReadiness(
      `${name}-api`,
      {
        kubeconfig: args.breakGlassKubeconfig,
        masters: expected.filter((machine) => machine.role === "master"),
        // Of masters alone: a node more must not make the add-ons' provider unknown in the preview.
        after: mastersComplete,
        timeoutMinutes,
        recorded: addonWorkloads(config.addons).filter(({ name: workload }) =>
          args.recordedWorkloads.includes(workload),
        ),
        log: args.log,
      },
      parent,
    );
    const addons = new Addons(
      `${name}-addons`,
      {
        clusterName: config.clusterName,
        kubeconfig: api.kubeconfig,
        podCidr: config.network.podCidr,
        apiAddress: args.apiAddress,
        dnsServiceAddress: addresses.dnsServiceAddress,
        clusterDomain: config.kubernetes.clusterDomain,
        images: images(config),
        chosen: config.addons,
        dnsPlaces: dnsPlaces(config),
        mayBeUnreachable: timeoutMinutes === 0,
        takeOver: config.backup.restore !== undefined,
        deletedWith: firstMaster.instance.server,
      },
      parent,
    );
    const cluster = new ClusterReadiness(
      `${name}-cluster`,
      {
        kubeconfig: args.administratorKubeconfig,
        machines: expected,
        addons: {
          workloads: addonWorkloads(config.addons),
          dns: {
            ...dnsPods,
            name: `kubernetes.default.svc.${config.kubernetes.clusterDomain}`,
            address: addresses.apiServiceAddress,
            ...(config.access.mode === "none"
              ? {}
              : { outside: { zone: registryHost, isClosed: config.artifacts.mirror !== undefined } }),
          },
        },
        after: [addons.ready, ...machines.map(({ instance }) => instance.instanceId)],
        timeoutMinutes,
        log: args.log,
      },
      parent,
    );
    this.kubeconfig = cluster.kubeconfig;
    this.workloadKubeconfig = pulumi.secret(
      pulumi.all([args.administratorKubeconfig, addons.access.ready]).apply(([kubeconfig]) => kubeconfig),
    );
    this.registerOutputs();
  }
}
