import { z } from "zod";
import type { StackMachine } from "./machine.ts";
import { pulumi, type StackLocation } from "./pulumi.ts";

const machine: z.ZodType<StackMachine> = z.object({
  name: z.string(),
  role: z.enum(["master", "node"]),
  address: z.string(),
  publicAddress: z.string().optional(),
  ssh: z.string(),
  generation: z.number(),
  image: z.string(),
  flavor: z.string(),
});

const outputs = z.object({ apiUrl: z.string(), kubeconfig: z.string(), machines: z.array(machine).min(1) });

const configuration = z.record(z.string(), z.object({ value: z.string().optional() }));

/** A running cluster, as its stack's outputs tell. */
export interface ClusterOutputs {
  readonly apiUrl: string;
  /** Administrator's kubeconfig; secret. */
  readonly kubeconfig: string;
  readonly machines: readonly StackMachine[];
}

/** @throws Error when the stack does not exist, has no cluster, or Pulumi cannot read it. */
export async function readOutputs(location: StackLocation): Promise<ClusterOutputs> {
  const text = await pulumi(location, ["stack", "output", "--json", "--show-secrets"]);
  const parsed = outputs.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`stack ${location.stack} has no cluster: run \`pulumi up\` first`);
  return parsed.data;
}

/** The stack's values by key without namespace, with the project's defaults; structured ones as JSON, blanks and secrets left out. */
export async function readConfiguration(location: StackLocation): Promise<ReadonlyMap<string, string>> {
  const prefix = "kovhernetes:";
  const entries = Object.entries(configuration.parse(JSON.parse(await pulumi(location, ["config", "--json"]))));
  return new Map(
    entries.flatMap(([key, { value = "" }]) =>
      key.startsWith(prefix) && value !== "" ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}
