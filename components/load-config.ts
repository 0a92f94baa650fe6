import * as pulumi from "@pulumi/pulumi";
import type { RecordedAddons, RecordedAuthorities } from "./model/recorded";
import type { RecordedMachine } from "./model/recorded";
import { noNetwork, type RecordedNetwork } from "./model/recorded";
import type { ClusterConfig } from "./model/cluster";
import { rawValues } from "./config/stack-file";
import { ConfigurationError } from "./model/problems";
import { validateConfig } from "./checks/validate";

/**
 * Reads every key of a namespace of the stack, and says in warnings what is dangerous.
 *
 * @param recordedMachines the machines that the stack has; none for a new one
 * @param recordedAuthorities the authorities that the stack has
 * @param recordedNetwork where its machines are attached
 * @param recordedAddons which add-ons its cluster has
 * @throws ConfigurationError listing everything that is wrong, before any resource is registered
 */
export function loadConfig(
  stack: pulumi.Config,
  recordedMachines: readonly RecordedMachine[] = [],
  recordedAuthorities: RecordedAuthorities = { existing: [] },
  recordedNetwork: RecordedNetwork = noNetwork,
  recordedAddons?: RecordedAddons,
): ClusterConfig {
  const { raw, secretKeys, misplaced } = rawValues(stack);
  const result = validateConfig(raw, {
    stackName: pulumi.getStack(),
    secretKeys,
    recordedMachines,
    recordedAuthorities,
    recordedNetwork,
    recordedAddons,
  });
  if ("problems" in result) throw new ConfigurationError([...result.problems, ...misplaced]);
  if (misplaced.length > 0) throw new ConfigurationError(misplaced);
  result.warnings.forEach((warning) => void pulumi.log.warn(warning));
  return result.config;
}
