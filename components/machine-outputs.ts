import * as pulumi from "@pulumi/pulumi";
import type { FleetMachine } from "./fleet";
import type { Authorization } from "./model/authorization";
import type { MadeWith, RecordedMachine } from "./model/recorded";

/** A machine of the cluster, as an output. */
export interface MachineOutput extends Omit<
  RecordedMachine,
  "made" | "madeWith" | "etcdVolume" | "holdsCertificatesAlone"
> {
  /** Of a master: by which mode it authorizes; absent where an earlier version of the program made it, which did not record that. */
  readonly authorization?: Authorization["mode"] | undefined;
  /** IPv4 address on the host network. */
  readonly address: string;
  /** Public IPv4 address, if the machine has one. */
  readonly publicAddress: string | undefined;
  readonly ssh: string;
}

/** The output of every machine, in the order of the plan. */
export function machineOutputs(machines: readonly FleetMachine[]): pulumi.Output<readonly MachineOutput[]> {
  return pulumi.all(
    machines.map(({ plan, staying, expected }) =>
      pulumi.all([expected.publicAddress, expected.sshCommand]).apply(([publicAddress, ssh]): MachineOutput => ({
        name: plan.hostName,
        role: plan.role,
        address: plan.address,
        publicAddress,
        ssh,
        generation: plan.shape.generation,
        kubernetes: plan.kubernetes,
        // Of a machine that stays, what it was made with: what the configuration says since may wait for the next generation.
        image: staying?.image ?? plan.shape.image,
        flavor: staying?.flavor ?? plan.shape.flavor,
        ...authorizationOf(staying === undefined ? plan.madeWith : staying.madeWith),
      })),
    ),
  );
}

function authorizationOf(madeWith: MadeWith | undefined): Pick<MachineOutput, "authorization"> {
  return madeWith?.authorization === undefined ? {} : { authorization: madeWith.authorization };
}
