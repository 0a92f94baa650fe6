import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { planAddresses } from "./addresses";
import type { ClusterConfig } from "./config/model";
import { Master } from "./instances/master";
import type { MachineArgs } from "./instances/machine";
import { NodePool } from "./instances/node-pool";
import { describeCluster } from "./instances/cluster-description";
import { planMachines, type MachinePlan } from "./machines";
import { clusterTags } from "./names";
import { Attachment } from "./network/attachment";
import { Network } from "./network/network";
import { Security } from "./network/security";
import { renderKubeconfig } from "./pki/kubeconfig";
import { Pki } from "./pki/pki";
import type { ExpectedMachineArgs } from "./readiness/readiness";
import { Startup } from "./startup";

/** A machine of the cluster, as an output. */
export interface MachineOutput {
  readonly name: string;
  readonly role: "master" | "node";
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Public IPv4 address, if the machine has one. */
  readonly publicAddress: string | undefined;
  readonly ssh: string;
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

  constructor(name: string, config: ClusterConfig, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:index:Cluster", name, {}, options);
    const parent = { parent: this };
    const addresses = planAddresses({
      ...config.network,
      masterCount: config.masters.count,
      pools: config.nodePools,
    });
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
    const attachmentOf = (plan: MachinePlan): Attachment => found(attachments.get(plan.hostName), plan.hostName);

    const firstMaster = found(masterPlans[0], "master");
    const publicApiAddresses = pulumi
      .all(masterPlans.map((plan) => attachmentOf(plan).publicAddresses))
      .apply((lists) => lists.flat());
    const pki = new Pki(
      `${name}-pki`,
      {
        clusterName: config.clusterName,
        masters: masterPlans,
        nodes: nodePlans,
        apiServiceAddress: addresses.apiServiceAddress,
        clusterDomain: config.kubernetes.clusterDomain,
        publicApiAddresses,
        certificates: config.certificates,
      },
      parent,
    );

    const keyPair = new openstack.compute.Keypair(
      `${name}-ssh`,
      { name: `${config.clusterName}-ssh`, publicKey: config.ssh.publicKey },
      parent,
    );
    const description = describeCluster(config, masterPlans, firstMaster.address, addresses);
    const machineArgs = (plan: MachinePlan): MachineArgs => ({
      machine: plan,
      attachment: attachmentOf(plan),
      cluster: description,
      pki,
      keyPairName: keyPair.name,
    });
    const masters = masterPlans.map(
      (plan) =>
        new Master(
          `${name}-${plan.logicalName}`,
          { ...machineArgs(plan), etcdVolume: config.masters.etcdVolume },
          parent,
        ),
    );
    const pools = config.nodePools.map(
      (pool) =>
        new NodePool(
          `${name}-${pool.name}`,
          {
            machines: nodePlans
              .filter((plan) => plan.pool === pool.name)
              .map((plan) => ({ name: `${name}-${plan.logicalName}`, args: machineArgs(plan) })),
          },
          parent,
        ),
    );

    this.apiUrl = publicApiAddresses.apply((list) => `https://${list[0] ?? firstMaster.address}:6443`);
    const kubeconfig = (purpose: "administrator" | "breakGlass"): pulumi.Output<string> =>
      pulumi.secret(
        pulumi
          .all([this.apiUrl, pki.authorities.kubernetes.certificate, pulumi.output(pki.administratorPair(purpose))])
          .apply(([server, authority, pair]) =>
            renderKubeconfig({ clusterName: config.clusterName, userName: purpose, server, authority, ...pair }),
          ),
      );
    const expected = plans.map((plan): ExpectedMachineArgs => {
      const publicAddress = attachmentOf(plan).publicAddresses.apply((list) => list[0]);
      return {
        hostName: plan.hostName,
        role: plan.role,
        publicAddress,
        sshCommand: publicAddress.apply((address) => `ssh ${config.ssh.user}@${address ?? plan.address}`),
      };
    });
    this.kubeconfig =
      config.readiness.timeoutMinutes === 0
        ? kubeconfig("administrator")
        : new Startup(
            `${name}-startup`,
            {
              config,
              addresses,
              apiAddress: firstMaster.address,
              machines: expected,
              administratorKubeconfig: kubeconfig("administrator"),
              breakGlassKubeconfig: kubeconfig("breakGlass"),
              masters,
              nodes: pools.flatMap((pool) => pool.nodes),
            },
            parent,
          ).kubeconfig;
    this.certificateExpiry = pki.earliestExpiry;
    this.machines = pulumi.all(expected).apply((list) =>
      list.map((machine, index) => ({
        name: machine.hostName,
        role: machine.role,
        address: found(plans[index], machine.hostName).address,
        publicAddress: machine.publicAddress,
        ssh: machine.sshCommand,
      })),
    );
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
