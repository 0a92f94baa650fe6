import { z } from "zod";
import type { RecordedMachine } from "../model/recorded";
import { machineMetadataKeys } from "../plan/names";
import { resourcesInState } from "./state";

const server = z.object({
  type: z.literal("openstack:compute/instance:Instance"),
  outputs: z.object({
    id: z.string().optional(),
    name: z.string(),
    imageName: z.string(),
    flavorName: z.string(),
    keyPair: z.string().optional(),
    metadata: z.object({
      [machineMetadataKeys.cluster]: z.string(),
      [machineMetadataKeys.role]: z.enum(["master", "node"]),
      [machineMetadataKeys.generation]: z.coerce.number(),
      [machineMetadataKeys.kubernetes]: z.string(),
      [machineMetadataKeys.etcdRestore]: z.string().optional(),
      [machineMetadataKeys.authorities]: z.string().optional(),
    }),
  }),
});

/**
 * The machines in a stack's state, as `readState` gives it, also those of an `up` that did not end; none of a new stack.
 *
 * @param clusterName whose machines; those of all clusters when it is absent
 */
export function machinesInState(answer: unknown, clusterName?: string): readonly RecordedMachine[] {
  return resourcesInState(answer).flatMap((resource): RecordedMachine[] => {
    const parsed = server.safeParse(resource);
    if (!parsed.success) return [];
    const { id, name, imageName, flavorName, keyPair, metadata } = parsed.data.outputs;
    if (clusterName !== undefined && metadata[machineMetadataKeys.cluster] !== clusterName) return [];
    return [
      {
        name,
        role: metadata[machineMetadataKeys.role],
        serverId: id,
        generation: metadata[machineMetadataKeys.generation],
        kubernetes: metadata[machineMetadataKeys.kubernetes],
        image: imageName,
        flavor: flavorName,
        // Nova answers with no name for a server that has none.
        ...((keyPair ?? "") === "" ? {} : { keyPair }),
        etcdRestore: metadata[machineMetadataKeys.etcdRestore],
        authorities: metadata[machineMetadataKeys.authorities],
      },
    ];
  });
}
