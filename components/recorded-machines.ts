import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { RecordedMachine } from "./lifecycle";
import { machineMetadataKeys } from "./names";

const server = z.object({
  type: z.literal("openstack:compute/instance:Instance"),
  outputs: z.object({
    name: z.string(),
    imageName: z.string(),
    flavorName: z.string(),
    metadata: z.object({
      [machineMetadataKeys.cluster]: z.string(),
      [machineMetadataKeys.role]: z.enum(["master", "node"]),
      [machineMetadataKeys.generation]: z.coerce.number(),
      [machineMetadataKeys.kubernetes]: z.string(),
      [machineMetadataKeys.etcdRestore]: z.string().optional(),
    }),
  }),
});

/**
 * The machines of a cluster that are in this stack's state, also those of an `up` that did not end; none for a new stack.
 *
 * Reads the engine's own record. Stack outputs would tell only what the last `up` that ended well left behind: after one that was
 * interrupted they name machines that are no more.
 *
 * @param clusterName whose machines; those of all clusters when it is absent
 * @throws pulumi.RunError when the backend does not give it: to go on without would be to guess which machines to replace
 */
export async function recordedMachines(clusterName?: string): Promise<readonly RecordedMachine[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  let answer: unknown;
  try {
    answer = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
  } catch (error) {
    throw new pulumi.RunError(
      `The state of this stack cannot be read, and it tells which machines to keep: ${String(error)}\n` +
        "Check that `pulumi stack export` works with the same backend and passphrase. Nothing was created or changed.",
    );
  }
  return machinesInState(answer, clusterName);
}

/** The machines in what the engine answers: resources by URN, each with its type and outputs; of one cluster alone when it is named. */
export function machinesInState(answer: unknown, clusterName?: string): readonly RecordedMachine[] {
  const resources = z.object({ outputs: z.record(z.string(), z.unknown()) }).safeParse(answer);
  return Object.values(resources.data?.outputs ?? {}).flatMap((resource): RecordedMachine[] => {
    const parsed = server.safeParse(resource);
    if (!parsed.success) return [];
    const { name, imageName, flavorName, metadata } = parsed.data.outputs;
    if (clusterName !== undefined && metadata[machineMetadataKeys.cluster] !== clusterName) return [];
    return [
      {
        name,
        role: metadata[machineMetadataKeys.role],
        generation: metadata[machineMetadataKeys.generation],
        kubernetes: metadata[machineMetadataKeys.kubernetes],
        image: imageName,
        flavor: flavorName,
        etcdRestore: metadata[machineMetadataKeys.etcdRestore],
      },
    ];
  });
}
