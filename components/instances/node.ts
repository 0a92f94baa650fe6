import * as pulumi from "@pulumi/pulumi";
import { authoritiesText } from "../model/authorities";
import { Instance } from "./instance";
import type { MachineArgs } from "./machine";
import { recordArgs } from "./record";
import { nodeUserData } from "../description/user-data";

/** A machine that runs pods: kubelet and kube-proxy. */
export class Node extends pulumi.ComponentResource {
  readonly instance: Instance;

  constructor(name: string, args: MachineArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:Node", name, {}, options);
    const userData = nodeUserData(args.machine, args.cluster, args.pki);
    this.instance = new Instance(
      name,
      {
        hostName: args.machine.hostName,
        shape: args.machine.shape,
        kubernetes: args.machine.kubernetes,
        ...(args.replacement === undefined ? {} : { turn: args.replacement.turn }),
        portIds: args.attachment.portIds,
        authorities: authoritiesText(args.authorities),
        // A new node is made in its turn, too: no kubelet may be newer than its API server.
        userData: pulumi.all([userData, args.joining?.turn]).apply(([text]) => text),
        ...recordArgs(args),
      },
      { parent: this },
    );
    (args.replacement ?? args.joining)?.follow(this.instance.instanceId, this.instance.instanceId);
    this.registerOutputs({ instanceId: this.instance.instanceId });
  }
}
