import * as pulumi from "@pulumi/pulumi";
import type { FleetMachine } from "./fleet";
import type { RecordedMachine } from "./model/recorded";

/** A machine of the cluster, as an output. */
export interface MachineOutput extends RecordedMachine {
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Public IPv4 address, if the machine has one. */
  readonly publicAddress: string | undefined;
  readonly ssh: string;
}

/** The output of every machine, in the order of the plan. */
export function machineOutputs(machines: readonly FleetMachine[]): pulumi.Output<readonly MachineOutput[]> {
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
          kubernetes: plan.kubernetes,
          image,
          flavor,
        })),
    ),
  );
}
