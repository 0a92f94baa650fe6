import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { apiUrlAt, planAddresses } from "./plan/addresses";
import { etcdFormation } from "./plan/etcd-formation";
import { planAuthorities } from "./plan/authorities";
import type { ClusterConfig } from "./model/cluster";
import { offlineOptions } from "./feasibility/offline";
import { makeFleet } from "./fleet";
import { describeCluster } from "./description/cluster";
import type { RecordedAddons, RecordedMachine } from "./model/recorded";
import { machineOutputs, type MachineOutput } from "./machine-outputs";
import { stayingMachines } from "./plan/made-with";
import { planMachines, type MachinePlan } from "./plan/machines";
import { clusterTags } from "./plan/names";
import { Attachment } from "./network/attachment";
import { Network } from "./network/network";
import { Security } from "./network/security";
import { announce } from "./notices/notices";
import type { AdministratorPurpose } from "./pki/certificates";
import type { ApiServer } from "./pki/kubeconfig";
import { kubeconfigOutput } from "./pki/kubeconfig-output";
import { Pki } from "./pki/pki";
import type { PhaseTimes } from "./model/phases";
import { ProgressLog } from "./readiness/progress-log";
import { Startup } from "./startup";

/** What a cluster is made from: `prepareCluster` makes it from settings. */
export interface ClusterArgs extends ClusterConfig {
  /**
   * The machines that are in the stack's state; none for a new cluster. Decides which are replaced: those of another generation or another
   * Kubernetes release.
   */
  readonly recordedMachines: readonly RecordedMachine[];
  /** What the stack's state has of the cluster's add-ons; `undefined` where it has none. */
  readonly recordedAddons: RecordedAddons | undefined;
  /** Whether the stack's state has a key pair of the cloud, which an earlier version made. */
  readonly hasKeyPair: boolean;
  /** The output `phases` as the last update left it. */
  readonly recordedPhases: PhaseTimes | undefined;
  /** Identifier of the external network; needed unless `access.mode` is `none`. */
  readonly externalNetworkId: pulumi.Input<string> | undefined;
  /** Whether this is a preview that asks no cloud. */
  readonly isOffline: boolean;
}

/**
 * A Kubernetes cluster on OpenStack, from validated configuration to a cluster that answers.
 *
 * @example
 * const cluster = new Cluster("shop", await prepareCluster({ image: "Debian 12", flavor: "b3-8", … }));
 * new kubernetes.core.v1.Namespace("shop", {}, { provider: cluster.provider });
 */
export class Cluster extends pulumi.ComponentResource {
  /** Address of the API, for instance `https://203.0.113.7:6443`. */
  readonly apiUrl: pulumi.Output<string>;
  /** Administrator's kubeconfig, secret; known once every node is Ready and cluster DNS answers. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Every machine: name, role, addresses, SSH command, and what it was made from. */
  readonly machines: pulumi.Output<readonly MachineOutput[]>;
  /** When the first certificate expires, RFC 3339. */
  readonly certificateExpiry: pulumi.Output<string>;
  /** How long the phases took of the last update that waited for something. */
  readonly phases: pulumi.Output<PhaseTimes | undefined>;
  private readonly makeProvider: () => Provider;
  private madeProvider: Provider | undefined;

  /**
   * @param name logical name, which begins those of everything in it: never rename it, and give each cluster of a program its own
   * @param config from `prepareCluster`
   */
  constructor(name: string, config: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:index:Cluster", name, {}, config.isOffline ? offlineOptions(name, options) : options);
    const parent = { parent: this };
    const addresses = planAddresses({ ...config.network, masterCount: config.masters.count, pools: config.nodePools });
    const plans = planMachines(config, addresses);
    const masterPlans = plans.filter((plan) => plan.role === "master");
    const nodePlans = plans.filter((plan) => plan.role === "node");
    const tags = clusterTags(config.clusterName);
    const externalNetworkId =
      config.externalNetworkId === undefined ? {} : { externalNetworkId: config.externalNetworkId };

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
        extraSecurityRules: config.extraSecurityRules,
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
    const publicAddressesOf = ({ hostName }: MachinePlan): pulumi.Output<readonly string[]> =>
      found(attachments.get(hostName), hostName).publicAddresses;
    const apiServers = pulumi.all(
      masterPlans.map((plan) =>
        publicAddressesOf(plan).apply((list): ApiServer => {
          return { hostName: plan.hostName, url: apiUrlAt(list[0] ?? plan.address) };
        }),
      ),
    );
    const staying = stayingMachines(plans, config.recordedMachines);
    const heldUntil = Object.fromEntries(
      staying.flatMap(({ plan, record: { certificatesEnd } }) =>
        certificatesEnd === undefined ? [] : [[plan.hostName, certificatesEnd] as const],
      ),
    );
    const pki = new Pki(
      `${name}-pki`,
      {
        clusterName: config.clusterName,
        masters: masterPlans,
        nodes: nodePlans,
        apiServiceAddress: addresses.apiServiceAddress,
        clusterDomain: config.kubernetes.clusterDomain,
        localhostApi: config.kubernetes.localhostApi,
        publicApiAddresses: Object.fromEntries(masterPlans.map((plan) => [plan.hostName, publicAddressesOf(plan)])),
        certificates: config.certificates,
        authorities: planAuthorities(config.certificates.authorities, plans, config.recordedMachines),
        generations: Object.fromEntries(plans.map((plan) => [plan.hostName, plan.shape.generation])),
        heldUntil,
        staying: new Set(staying.map(({ plan }) => plan.hostName)),
        withResources: new Set(
          staying.flatMap(({ plan, record }) => (record.holdsCertificatesAlone === true ? [] : [plan.hostName])),
        ),
        protectAuthorities: config.protectData,
      },
      parent,
    );

    announce({ ...config, plans, heldUntil, authorityExpiries: pki.authorityExpiries() }, this);

    this.apiUrl = apiServers.apply(([first]) => found(first, "master").url);
    const kubeconfig = (purpose: AdministratorPurpose): pulumi.Output<string> =>
      kubeconfigOutput(pki, purpose, config.clusterName, apiServers);
    const log = new ProgressLog();
    const fleet = makeFleet(
      name,
      {
        config,
        plans,
        recordedMachines: config.recordedMachines,
        hasKeyPair: config.hasKeyPair,
        attachments,
        description: describeCluster(
          config,
          masterPlans,
          addresses,
          etcdFormation(
            config.recordedMachines,
            masterPlans.length,
            config.recordedAddons !== undefined || config.recordedPhases !== undefined,
          ),
        ),
        pki,
        kubeconfig: kubeconfig("breakGlass"),
        log,
      },
      this,
    );
    const startup =
      // What is left out is deleted: the add-ons of a cluster that has them stay, whatever is waited for.
      config.readiness.timeoutMinutes === 0 && config.recordedAddons === undefined
        ? undefined
        : new Startup(
            `${name}-startup`,
            {
              config,
              addresses,
              apiAddress: firstMaster.address,
              fleet,
              log,
              recordedWorkloads: config.recordedAddons?.workloads ?? [],
              administratorKubeconfig: kubeconfig("administrator"),
              breakGlassKubeconfig: kubeconfig("breakGlass"),
            },
            parent,
          );
    this.kubeconfig = startup?.kubeconfig ?? kubeconfig("administrator");
    this.makeProvider = () =>
      new Provider(
        `${name}-provider`,
        {
          kubeconfig: startup?.workloadKubeconfig ?? kubeconfig("administrator"),
          // A renewed administrator's certificate is no other cluster.
          clusterIdentifier: config.clusterName,
        },
        parent,
      );
    this.certificateExpiry = pki.earliestExpiry;
    // Whoever waits for the outputs waits for machines that go, which the engine removes once the program has ended.
    this.machines = pulumi.all([machineOutputs(fleet.machines), fleet.settled]).apply(([machines]) => machines);
    // Known when all is done; the times of an update that waited for nothing would be another change in every preview.
    this.phases = pulumi
      .all([pulumi.unsecret(this.kubeconfig), this.machines])
      .apply(() => (pulumi.runtime.isDryRun() ? undefined : log.progress.times()) ?? config.recordedPhases);
    this.registerOutputs({
      apiUrl: this.apiUrl,
      kubeconfig: this.kubeconfig,
      machines: this.machines,
      certificateExpiry: this.certificateExpiry,
      phases: this.phases,
    });
  }

  /**
   * A provider for what is put into the cluster, with the administrator's rights: `{ provider: cluster.provider }`. Made when it is first asked
   * for, and known once the API answers.
   */
  get provider(): Provider {
    this.madeProvider ??= this.makeProvider();
    return this.madeProvider;
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the plan has no ${what}`);
  return value;
}
