import * as pulumi from "@pulumi/pulumi";
import type { MachineArgs } from "./machine";
import { Node } from "./node";

export interface NodePoolArgs {
  /** The pool's machines; each has its own resource name, so that one more never touches another. */
  readonly machines: readonly { readonly name: string; readonly args: MachineArgs }[];
}

/** Nodes of one shape. */
export class NodePool extends pulumi.ComponentResource {
  readonly nodes: readonly Node[];

  constructor(name: string, args: NodePoolArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:instances:NodePool", name, {}, options);
    this.nodes = args.machines.map((machine) => new Node(machine.name, machine.args, { parent: this }));
    this.registerOutputs({ size: this.nodes.length });
  }
}
