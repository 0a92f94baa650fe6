import { z } from "zod";
import { pulumi, type StackLocation } from "./pulumi.ts";

const exportedResource = z
  .object({
    urn: z.string(),
    type: z.string(),
    id: z.string().optional(),
    custom: z.boolean().default(false),
    external: z.boolean().default(false),
    protect: z.boolean().default(false),
    retainOnDelete: z.boolean().default(false),
    provider: z.string().default(""),
    inputs: z.record(z.string(), z.unknown()).default({}),
    outputs: z.record(z.string(), z.unknown()).default({}),
  })
  .transform((resource) => ({ ...resource, name: resource.urn.split("::").at(-1) ?? resource.urn }));

const exported = z.object({
  deployment: z
    .object({
      resources: z.array(exportedResource).nullish(),
      pending_operations: z.array(z.object({ type: z.string(), resource: exportedResource })).nullish(),
    })
    .nullish(),
});

/** One resource in a stack's state, as the engine writes it; `type` is its token, `name` its logical name. */
export type ExportedResource = Readonly<z.infer<typeof exportedResource>>;

/** A stack's state. */
export interface ExportedState {
  /** In the order in which the engine made them. */
  readonly resources: readonly ExportedResource[];
  /** What an update was doing when it was interrupted: `creating`, `deleting` … a resource. */
  readonly pending: readonly { readonly type: string; readonly resource: ExportedResource }[];
}

/**
 * Reads what `pulumi stack export` prints; of a stack that was never up, nothing.
 * @throws Error when it is not of that form
 */
export function readExport(text: string): ExportedState {
  const { deployment } = exported.parse(JSON.parse(text));
  return { resources: deployment?.resources ?? [], pending: deployment?.pending_operations ?? [] };
}

/**
 * Asks Pulumi for a stack's state. Secrets in it stay encrypted, so that no passphrase is needed.
 * @throws Error when Pulumi cannot read it
 */
export async function exportState(location: StackLocation): Promise<ExportedState> {
  return readExport(await pulumi(location, ["stack", "export"]));
}

/**
 * Every resource in a stack's state, secrets in clear.
 * @throws Error when Pulumi cannot read it
 */
export async function readResources(location: StackLocation): Promise<readonly ExportedResource[]> {
  const { resources } = readExport(await pulumi(location, ["stack", "export", "--show-secrets"]));
  return resources.map((resource) => ({
    ...resource,
    outputs: Object.fromEntries(Object.entries(resource.outputs).map(([name, value]) => [name, inClear(value)])),
  }));
}

/** With secrets shown, a secret is wrapped: its plain text is JSON. */
function inClear(value: unknown): unknown {
  return typeof value === "object" && value !== null && "plaintext" in value
    ? (JSON.parse(String(value.plaintext)) as unknown)
    : value;
}
