import * as path from "node:path";
import { z } from "zod";
import type { StackMachine } from "./machine.ts";
import { projectName } from "./project.ts";
import { pulumi, type StackLocation } from "./pulumi.ts";
import { readResources } from "./export.ts";

const machine: z.ZodType<StackMachine> = z.object({
  name: z.string(),
  role: z.enum(["master", "node"]),
  address: z.string(),
  publicAddress: z.string().optional(),
  ssh: z.string(),
  generation: z.number(),
  image: z.string(),
  flavor: z.string(),
  authorization: z.string().optional(),
});

const outputs = z.object({ apiUrl: z.string(), kubeconfig: z.string(), machines: z.array(machine).min(1) });

const configuration = z.record(z.string(), z.object({ value: z.string().optional() }));

/** A running cluster, as its stack tells. */
export interface ClusterOutputs {
  readonly apiUrl: string;
  /** Administrator's kubeconfig; secret. */
  readonly kubeconfig: string;
  readonly machines: readonly StackMachine[];
}

/**
 * A stack loses its outputs when an `up` fails or is interrupted, which is when one asks how the cluster is. The cluster itself, a component in
 * the state, keeps those of the last one that ended well.
 *
 * @throws Error when the stack does not exist, has no cluster, or Pulumi cannot read it
 */
export async function readOutputs(location: StackLocation): Promise<ClusterOutputs> {
  const stack = outputs.safeParse(JSON.parse(await pulumi(location, ["stack", "output", "--json", "--show-secrets"])));
  if (stack.success) return stack.data;
  const clusters = (await readResources(location)).filter(({ type }) => type === "kovhernetes:index:Cluster");
  const cluster = clusters.map((resource) => outputs.safeParse(resource.outputs)).find(({ success }) => success);
  if (cluster?.success === true) return cluster.data;
  throw new Error(`stack ${location.stack} has no cluster that was ready: run \`pulumi up\` first`);
}

/** The stack's values by key without the project's namespace, with the project's defaults; structured ones as JSON, blanks and secrets left out. */
export async function readConfiguration(location: StackLocation): Promise<ReadonlyMap<string, string>> {
  const prefix = `${projectName(path.resolve(location.cwd))}:`;
  const entries = Object.entries(configuration.parse(JSON.parse(await pulumi(location, ["config", "--json"]))));
  return new Map(
    entries.flatMap(([key, { value = "" }]) =>
      key.startsWith(prefix) && value !== "" ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}
