import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../model/problems";
import { namespaceProblems } from "./namespaces";

/** Whether the engine keeps a value encrypted; `isConfigSecret` is absent from the SDK's declarations, so its loss counts as yes. */
function isSecret(fullKey: string): boolean {
  const { isConfigSecret } = pulumi.runtime as { readonly isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(fullKey) ?? true;
}

/** The values of a namespace of the stack as they are written, which of them are secret, and keys that nobody reads. */
export function rawValues(stack: pulumi.Config): {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly secretKeys: ReadonlySet<string>;
  readonly misplaced: readonly Problem[];
} {
  const prefix = `${stack.name}:`;
  const all = pulumi.runtime.allConfig();
  const entries = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  const raw = Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
  const secretKeys = new Set(Object.keys(raw).filter((key) => isSecret(`${prefix}${key}`)));
  const misplaced = namespaceProblems(Object.keys(all), stack.name, Object.keys(openstack.config));
  return { raw, secretKeys, misplaced };
}
