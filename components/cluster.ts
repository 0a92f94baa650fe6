import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { planAddresses } from "./addresses";
import type { ClusterConfig } from "./config/model";
import { makeFleet } from "./fleet";
import { describeCluster } from "./instances/cluster-description";
import type { RecordedMachine } from "./lifecycle";
import { machineOutputs, type MachineOutput } from "./machine-outputs";
import { planMachines } from "./machines";
import { clusterTags } from "./names";
import { Attachment } from "./network/attachment";
import { Network } from "./network/network";
import { Security } from "./network/security";
import { announce } from "./notices";
import type { AdministratorPurpose } from "./pki/certificates";
import { kubeconfigOutput } from "./pki/kubeconfig-output";
import { Pki } from "./pki/pki";
import { Startup } from "./startup";

export interface ClusterArgs extends ClusterConfig {
  /**
   * The machines that are in the stack's state; none for a new cluster. Decides which are replaced: those of another generation or another
   * Kubernetes release.
   */
  readonly recordedMachines: readonly RecordedMachine[];
}

/** A Kubernetes cluster on OpenStack, from validated configuration to a cluster that answers. */
export class Cluster extends pulumi.ComponentResource {
  /** Address of the API, for instance `https://203.0.113.7:6443`. */
  readonly apiUrl: pulumi.Output<string>;
  /** Administrator's kubeconfig, secret; known once every node is Ready and cluster DNS answers. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly machines: pulumi.Output<readonly MachineOutput[]>;
  /** When the first certificate expires, RFC 3339. */
  readonly certificateExpiry: pulumi.Output<string>;

  constructor(name: string, config: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:index:Cluster", name, {}, options);
    const parent = { parent: this };
    const addresses = planAddresses({ ...config.network, masterCount: config.masters.count, pools: config.nodePools });
    const plans = planMachines(config, addresses);
    const masterPlans = plans.filter((plan) => plan.role === "master");
    const nodePlans = plans.filter((plan) => plan.role === "node");
    const tags = clusterTags(config.clusterName);
    const externalNetworkId = this.externalNetworkId(config);

    const network = new Network(
      `${name}-network`,
      { network: config.network, access: config.access, addresses, ...externalNetworkId, tags },
      parent,
    );
    const security = new Security(
      `${name}-security`,
      {
        hostCidr: config.network.hostCidr,
        adminCidrs: config.adminCidrs,
        nodePortCidrs: config.nodePortCidrs,
        masterAddresses: masterPlans.map((plan) => plan.address),
        tags,
      },
      parent,
    );
    const attachments = new Map(
      plans.map((plan) => [
        plan.hostName,
        new Attachment(
          `${name}-${plan.logicalName}-port`,
          {
            network,
            access: config.access,
            role: plan.role,
            hostName: plan.hostName,
            address: plan.address,
            securityGroupIds: plan.role === "master" ? security.masterGroupIds : security.nodeGroupIds,
            ...externalNetworkId,
            tags,
          },
          parent,
        ),
      ]),
    );

    const firstMaster = found(masterPlans[0], "master");
    const publicApiAddresses = pulumi
      .all(masterPlans.map((plan) => found(attachments.get(plan.hostName), plan.hostName).publicAddresses))
      .apply((lists) => lists.flat());
    const pki = new Pki(
      `${name}-pki`,
      {
        clusterName: config.clusterName,
        masters: masterPlans,
        nodes: nodePlans,
        apiServiceAddress: addresses.apiServiceAddress,
        clusterDomain: config.kubernetes.clusterDomain,
        localhostApi: config.kubernetes.localhostApi,
        publicApiAddresses,
        certificates: config.certificates,
        generations: Object.fromEntries(plans.map((plan) => [plan.hostName, plan.shape.generation])),
        protectAuthorities: config.protectData,
      },
      parent,
    );

    announce({ ...config, plans, expiries: pki.machineExpiries() }, this);

    this.apiUrl = publicApiAddresses.apply((list) => `https://${list[0] ?? firstMaster.address}:6443`);
    const kubeconfig = (purpose: AdministratorPurpose): pulumi.Output<string> =>
      kubeconfigOutput(pki, purpose, config.clusterName, this.apiUrl);
    const fleet = makeFleet(
      name,
      {
        config,
        plans,
        recordedMachines: config.recordedMachines,
        attachments,
        description: describeCluster(config, masterPlans, firstMaster.address, addresses),
        pki,
        kubeconfig: kubeconfig("breakGlass"),
      },
      this,
    );
    this.kubeconfig =
      config.readiness.timeoutMinutes === 0
        ? kubeconfig("administrator")
        : new Startup(
            `${name}-startup`,
            {
              config,
              addresses,
              apiAddress: firstMaster.address,
              fleet,
              administratorKubeconfig: kubeconfig("administrator"),
              breakGlassKubeconfig: kubeconfig("breakGlass"),
            },
            parent,
          ).kubeconfig;
    this.certificateExpiry = pki.earliestExpiry;
    // Whoever waits for the outputs waits for machines that go, which the engine removes once the program has ended.
    this.machines = pulumi.all([machineOutputs(fleet.machines), fleet.settled]).apply(([machines]) => machines);
    this.registerOutputs({
      apiUrl: this.apiUrl,
      kubeconfig: this.kubeconfig,
      machines: this.machines,
      certificateExpiry: this.certificateExpiry,
    });
  }

  /** The external network's identifier, looked up by its name, where machines reach the outside through one. */
  private externalNetworkId(config: ClusterConfig): { externalNetworkId?: pulumi.Output<string> } {
    if (config.access.mode === "none") return {};
    const name = config.access.externalNetwork;
    return {
      externalNetworkId: openstack.networking.getNetworkOutput({ name, external: true }, { parent: this }).id,
    };
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the plan has no ${what}`);
  return value;
}
