import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { AddonsConfig } from "../model/cluster";
import { Access } from "./access";
import type { Workload } from "../readiness/stages";
import { CoreDns, dnsWorkload } from "./coredns";
import { Flannel, flannelWorkload } from "./flannel";
import { NetworkPolicies, networkPoliciesWorkload } from "./network-policies";

export interface AddonsArgs {
  readonly clusterName: string;
  /** Kubeconfig of an identity that may do everything, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly podCidr: string;
  /** Address on the host network where pods on that network find the API before services work. */
  readonly apiAddress: pulumi.Input<string>;
  readonly dnsServiceAddress: string;
  readonly clusterDomain: string;
  /** Number of machines that take pods of cluster DNS. */
  readonly dnsPlaces: number;
  readonly images: {
    readonly coredns: string;
    readonly flannel: string;
    readonly flannelCni: string;
    readonly networkPolicies: string;
  };
  /** Which add-ons beside the pod network and DNS there are; what is left out is deleted. */
  readonly chosen: AddonsConfig;
  /** Whether the cluster may hold these objects already, from a snapshot: they are then taken over. */
  readonly takeOver: boolean;
  /**
   * Whether the API may be out of reach of the machine that runs Pulumi: what the state has of the cluster then stays in it as it is, and is neither
   * looked at nor changed.
   */
  readonly mayBeUnreachable: boolean;
  /** Destroyed with it, so that `destroy` does not ask an API that is gone. */
  readonly deletedWith: pulumi.Resource;
}

/** What has to be rolled out before the cluster works. */
export function addonWorkloads(chosen: AddonsConfig): readonly Workload[] {
  return [flannelWorkload, dnsWorkload, ...(chosen.networkPolicy ? [networkPoliciesWorkload] : [])];
}

/** What runs inside the cluster from the start: rights, pod network, DNS. */
export class Addons extends pulumi.ComponentResource {
  readonly provider: Provider;
  /** What gives the administrator rights. */
  readonly access: Access;
  /** Identifiers of what was made, for what has to come after. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: AddonsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:addons:Addons", name, {}, options);
    this.provider = new Provider(
      `${name}-provider`,
      {
        kubeconfig: args.kubeconfig,
        // Without it a renewed administrator's certificate reads as another cluster, and everything in it would be replaced.
        clusterIdentifier: args.clusterName,
        enableServerSideApply: true,
        // A changed setting of CoreDNS is changed where it is, and pods that start meanwhile find it.
        enableConfigMapMutable: true,
        ...(args.mayBeUnreachable ? { skipUpdateUnreachable: true } : {}),
        ...(args.takeOver ? { upsertExistingObjects: true, enablePatchForce: true } : {}),
      },
      { parent: this, deletedWith: args.deletedWith },
    );
    const child: pulumi.ComponentResourceOptions = {
      parent: this,
      providers: { kubernetes: this.provider },
      deletedWith: args.deletedWith,
      // Children have options of their own, and components do not hand `deletedWith` down. Not by `transforms`: what those give back goes through
      // the engine, which takes an option that is left out for one that is false, `deleteBeforeReplace` above all: the provider's own choice, which
      // it makes for objects of a fixed name, would be overruled, and the new object refused while the old one is there.
      transformations: [({ props, opts }) => ({ props, opts: { ...opts, deletedWith: args.deletedWith } })],
    };
    this.access = new Access(`${name}-access`, child);
    const flannel = new Flannel(`${name}-flannel`, args, child);
    const coredns = new CoreDns(`${name}-coredns`, args, child);
    const networkPolicies = args.chosen.networkPolicy
      ? [new NetworkPolicies(`${name}-network-policies`, args, child)]
      : [];
    this.ready = pulumi
      .all([this.access, flannel, coredns, ...networkPolicies].map(({ ready }) => ready))
      .apply((ids) => ids.join());
    this.registerOutputs();
  }
}
