import * as pulumi from "@pulumi/pulumi";
import type { Instance } from "./instances/instance";
import type { RecordedMachine } from "./lifecycle";
import type { MachinePlan } from "./machines";
import type { ExpectedMachineArgs } from "./readiness/readiness";

/** A machine of the cluster, as an output. The next update reads from it what the machine was made from. */
export interface MachineOutput extends RecordedMachine {
  readonly role: "master" | "node";
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Public IPv4 address, if the machine has one. */
  readonly publicAddress: string | undefined;
  readonly ssh: string;
}

/** One machine with everything that is told of it. */
export interface MachineFacts {
  readonly plan: MachinePlan;
  readonly instance: Instance;
  readonly expected: ExpectedMachineArgs;
}

/** The output of every machine, in the order of the plan. */
export function machineOutputs(machines: readonly MachineFacts[]): pulumi.Output<readonly MachineOutput[]> {
  return pulumi.all(
    machines.map(({ plan, instance, expected }) =>
      pulumi
        // Image and flavor are the server's own: what the configuration says since may wait for the next generation.
        .all([instance.server.imageName, instance.server.flavorName, expected.publicAddress, expected.sshCommand])
        .apply(([image, flavor, publicAddress, ssh]): MachineOutput => ({
          name: plan.hostName,
          role: plan.role,
          address: plan.address,
          publicAddress,
          ssh,
          generation: plan.shape.generation,
          image,
          flavor,
        })),
    ),
  );
}
