import { z } from "zod";
import { pulumi, type StackLocation } from "./pulumi.ts";

const exported = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ urn: z.string(), type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
      .default([]),
  }),
});

/** One resource in a stack's state. */
export interface ExportedResource {
  readonly urn: string;
  /** Type token, for instance `tls:index/privateKey:PrivateKey`. */
  readonly type: string;
  /** Holds secrets in clear. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Every resource in a stack's state, secrets in clear.
 * @throws Error when Pulumi cannot read it
 */
export async function readResources(location: StackLocation): Promise<readonly ExportedResource[]> {
  const text = await pulumi(location, ["stack", "export", "--show-secrets"]);
  return exported.parse(JSON.parse(text)).deployment.resources.map(({ urn, type, outputs = {} }) => ({
    ...{ urn, type },
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, inClear(value)])),
  }));
}

/** With secrets shown, a secret is wrapped: its plain text is JSON. */
function inClear(value: unknown): unknown {
  return typeof value === "object" && value !== null && "plaintext" in value
    ? (JSON.parse(String(value.plaintext)) as unknown)
    : value;
}
