import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { Access } from "./access";
import type { Workload } from "../readiness/stages";
import { CoreDns, dnsWorkload } from "./coredns";
import { Flannel, flannelWorkload } from "./flannel";

export interface AddonsArgs {
  readonly clusterName: string;
  /** Kubeconfig of an identity that may do everything, secret. */
  readonly kubeconfig: pulumi.Input<string>;
  readonly podCidr: string;
  /** Address on the host network where pods on that network find the API before services work. */
  readonly apiAddress: pulumi.Input<string>;
  readonly dnsServiceAddress: string;
  readonly clusterDomain: string;
  readonly images: { readonly coredns: string; readonly flannel: string; readonly flannelCni: string };
  /** Whether the cluster may hold these objects already, from a snapshot: they are then taken over. */
  readonly takeOver: boolean;
  /** Destroyed with it, so that `destroy` does not ask an API that is gone. */
  readonly deletedWith: pulumi.Resource;
}

/** What has to be rolled out before the cluster works. */
export const addonWorkloads: readonly Workload[] = [flannelWorkload, dnsWorkload];

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
        ...(args.takeOver ? { upsertExistingObjects: true, enablePatchForce: true } : {}),
      },
      { parent: this, deletedWith: args.deletedWith },
    );
    const child: pulumi.ComponentResourceOptions = {
      parent: this,
      providers: { kubernetes: this.provider },
      deletedWith: args.deletedWith,
      // Children have options of their own, and components do not hand `deletedWith` down.
      transforms: [
        (resource) => ({ props: resource.props, opts: { ...resource.opts, deletedWith: args.deletedWith } }),
      ],
    };
    this.access = new Access(`${name}-access`, child);
    const flannel = new Flannel(`${name}-flannel`, args, child);
    const coredns = new CoreDns(`${name}-coredns`, args, child);
    this.ready = pulumi.all([this.access.ready, flannel.ready, coredns.ready]).apply((ids) => ids.join());
    this.registerOutputs();
  }
}
