import * as pulumi from "@pulumi/pulumi";
import type { MachineChange } from "../plan/lifecycle";
import { Progress } from "./progress";

/** A machine whose way is told. */
export interface FollowedMachine {
  readonly hostName: string;
  /** The machine's own component, where lines about it appear. */
  readonly component: pulumi.Resource;
  readonly change: MachineChange;
  readonly portIds: readonly pulumi.Output<string>[];
  readonly serverId: pulumi.Output<string>;
}

/** Where a part of the program tells what goes on. */
export interface Teller {
  /** Tells where a subject is, once: a machine by its host name, anything else by a word. */
  readonly tell: (subject: string, text: string) => void;
  readonly report: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** Puts the progress of an update into the engine's log: plain lines, each at the resource that it is about. */
export class ProgressLog {
  readonly progress = new Progress();
  private readonly components = new Map<string, pulumi.Resource>();

  /** @param resource where lines appear that are about no machine */
  at(resource: pulumi.Resource): Teller {
    return {
      tell: (subject, text) => {
        const line = this.progress.news(subject, text);
        if (line !== undefined) void pulumi.log.info(line, this.components.get(subject) ?? resource);
      },
      report: (line) => void pulumi.log.info(line, resource),
      warn: (line) => void pulumi.log.warn(line, resource),
    };
  }

  /** Tells of each machine that is new in this update when its ports and its server are made; of those that stay, nothing. */
  follow(machines: readonly FollowedMachine[], cluster: pulumi.Resource): void {
    for (const { hostName, component } of machines) this.components.set(hostName, component);
    const made = machines.filter(({ change }) => change !== "keep");
    if (pulumi.runtime.isDryRun() || made.length === 0) return;
    this.progress.wait();
    const { tell } = this.at(cluster);
    for (const { hostName, change, portIds, serverId } of made) {
      const ports = pulumi.all([...portIds]).apply(() => {
        // A replaced machine keeps its ports.
        if (change === "create") tell(hostName, `${hostName}: port made`);
      });
      pulumi.all([serverId, ports]).apply(() => {
        tell(hostName, `${hostName}: server made`);
      });
    }
    pulumi.all(made.map(({ serverId }) => serverId)).apply(() => {
      this.progress.end("machines");
    });
  }
}
