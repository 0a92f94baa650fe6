import * as pulumi from "@pulumi/pulumi";
import { checkCloud } from "./cloud-check";
import type { ClusterArgs } from "./cluster";
import { ConfigurationError, type Source } from "./config/problems";
import type { ClusterSettings } from "./config/settings";
import { defaultClusterName, validateConfig, type StackContext, type Validation } from "./config/validate";
import { configurationWarnings } from "./config/warnings";
import { recordedMachines } from "./recorded-machines";

/**
 * Checks the settings of a cluster against each other and completes them with defaults; asks neither the cloud nor the stack.
 *
 * @param settings see {@link ClusterSettings}; also what was read from a file, since every value is checked
 * @param context name of the cluster where the settings have none, and the machines that it has
 * @returns the whole configuration, or everything that is wrong
 * @example
 * const result = checkSettings(settings, { stackName: "prod" });
 * if ("problems" in result) console.error(result.problems);
 */
export function checkSettings(settings: ClusterSettings, context: StackContext): Validation {
  return validateConfig({ ...settings }, context);
}

/**
 * Everything that {@link ClusterArgs} needs, from settings: completes them, checks them and asks the cloud for what they name, before anything
 * is created. Takes plain values, no outputs: machines that exist can only be told from those to be made while every name is known.
 *
 * @param settings see {@link ClusterSettings}
 * @throws ConfigurationError listing everything that is wrong, each with key, value, reason and remedy
 * @example
 * const cluster = new Cluster("shop", await prepareCluster({ clusterName: "shop", image: "Debian 12", flavor: "b3-8", … }));
 */
export async function prepareCluster(settings: ClusterSettings): Promise<ClusterArgs> {
  const stackName = pulumi.getStack();
  const clusterName = settings.clusterName ?? defaultClusterName(stackName);
  const source: Source = { title: `The configuration of cluster ${clusterName}`, keyText: (key) => key };
  const recorded = await recordedMachines(clusterName);
  const result = checkSettings(settings, { stackName, recordedMachines: recorded });
  if ("problems" in result) throw new ConfigurationError(result.problems, source);
  const { config } = result;
  configurationWarnings(config).forEach((warning) => void pulumi.log.warn(`${clusterName}: ${warning}`));
  await checkCloud(config).catch((error: unknown) => {
    throw error instanceof ConfigurationError ? new ConfigurationError(error.problems, source) : error;
  });
  return { ...config, recordedMachines: recorded };
}
