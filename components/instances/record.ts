import { madeWithMetadata } from "../plan/made-with";
import type { InstanceArgs } from "./instance";
import type { MachineArgs } from "./machine";

/** What tells, on a server and beside it, what the machine was made with. */
export function recordArgs({
  machine,
  pki,
  staying,
}: MachineArgs): Pick<InstanceArgs, "metadata" | "certificatesEnd" | "made"> {
  return {
    metadata: { ...machine.metadata, ...madeWithMetadata(machine) },
    certificatesEnd: pki.machineExpiry,
    ...(staying?.made === undefined ? {} : { made: staying.made }),
  };
}
