import * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "./cluster";
import { ConfigurationError, type Source } from "./model/problems";
import type { ClusterSettings } from "./generated/settings";
import { defaultClusterName, validateConfig, type StackContext, type Validation } from "./checks/validate";
import { externalNetworkProblems } from "./checks/network";
import type { ChangePlanArgs } from "./feasibility/change-plan";
import { proveFeasibility } from "./feasibility/feasibility";
import { addonsInState, hasKeyPair, phasesInState } from "./recorded/cluster";
import { authoritiesInState } from "./recorded/authorities";
import { machinesInState } from "./recorded/machines";
import { networkInState } from "./recorded/network";
import { readState } from "./recorded/state";

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
  const state = await readState();
  const recordedMachines = machinesInState(state, clusterName);
  const result = checkSettings(settings, {
    stackName,
    recordedMachines,
    recordedAuthorities: authoritiesInState(state, clusterName),
    recordedNetwork: networkInState(state, clusterName),
    recordedAddons: addonsInState(state, clusterName),
  });
  if ("problems" in result) throw new ConfigurationError(result.problems, source);
  const { config, warnings } = result;
  warnings.forEach((warning) => void pulumi.log.warn(`${clusterName}: ${warning}`));
  return clusterArgs({ config, recordedMachines, state }).catch((error: unknown) => {
    throw error instanceof ConfigurationError ? new ConfigurationError(error.problems, source) : error;
  });
}

/**
 * What a cluster is made from, once it is known that it can be made.
 * @throws ConfigurationError listing everything that is certain to fail
 */
export async function clusterArgs(args: ChangePlanArgs): Promise<ClusterArgs> {
  const { config, recordedMachines, state } = args;
  const feasible = await proveFeasibility(args);
  const { externalNetworkId: id } = feasible;
  const moved =
    typeof id === "string" && recordedMachines.length > 0
      ? externalNetworkProblems(config.access, id, networkInState(state, config.clusterName))
      : [];
  if (moved.length > 0) throw new ConfigurationError(moved);
  return {
    ...{ ...config, recordedMachines },
    hasKeyPair: hasKeyPair(state, config.clusterName),
    recordedAddons: addonsInState(state, config.clusterName),
    recordedPhases: phasesInState(state, config.clusterName),
    ...feasible,
  };
}
