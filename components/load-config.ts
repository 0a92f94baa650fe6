import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { RecordedAuthorities } from "./checks/authorities";
import type { RecordedMachine } from "./plan/lifecycle";
import { noNetwork, type RecordedNetwork } from "./recorded/network";
import type { ClusterConfig } from "./model/cluster";
import { namespaceProblems } from "./config/namespaces";
import { ConfigurationError, type Problem } from "./model/problems";
import { validateConfig } from "./checks/validate";
import { configurationWarnings } from "./checks/warnings";

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

/**
 * Reads every key of a namespace of the stack, and says in warnings what is dangerous.
 *
 * @param recordedMachines the machines that the stack has; none for a new one
 * @param recordedAuthorities the authorities that the stack has
 * @param recordedNetwork where its machines are attached
 * @throws ConfigurationError listing everything that is wrong, before any resource is registered
 */
export function loadConfig(
  stack: pulumi.Config,
  recordedMachines: readonly RecordedMachine[] = [],
  recordedAuthorities: RecordedAuthorities = { existing: [] },
  recordedNetwork: RecordedNetwork = noNetwork,
): ClusterConfig {
  const { raw, secretKeys, misplaced } = rawValues(stack);
  const result = validateConfig(raw, {
    stackName: pulumi.getStack(),
    secretKeys,
    recordedMachines,
    recordedAuthorities,
    recordedNetwork,
  });
  if ("problems" in result) throw new ConfigurationError([...result.problems, ...misplaced]);
  if (misplaced.length > 0) throw new ConfigurationError(misplaced);
  configurationWarnings(result.config).forEach((warning) => void pulumi.log.warn(warning));
  return result.config;
}
