import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { RecordedMachine } from "./lifecycle";

const outputs = z.object({
  machines: z.array(z.object({ name: z.string(), generation: z.number(), image: z.string(), flavor: z.string() })),
});

/**
 * The machines that the stack's last `up` left, as its output `machines` tells; none before the first one ended.
 *
 * Reads the engine's own record of this stack. `StackReference` would do it too, and keep a copy of all outputs, the
 * kubeconfig among them, in the state.
 *
 * @throws pulumi.RunError when the backend does not give them: to go on without would be to guess which machines to replace
 */
export async function recordedMachines(): Promise<readonly RecordedMachine[]> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  let answer: unknown;
  try {
    answer = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  } catch (error) {
    throw new pulumi.RunError(
      `The outputs of this stack's last update cannot be read, and they tell which machines to keep: ${String(error)}\n` +
        "Check that `pulumi stack output` works with the same backend and passphrase. Nothing was created or changed.",
    );
  }
  const record = z.object({ outputs }).safeParse(answer);
  return record.success ? record.data.outputs.machines : [];
}
