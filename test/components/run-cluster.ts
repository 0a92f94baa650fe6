import { Cluster } from "../../components/cluster";
import type { RecordedMachine } from "../../components/model/recorded";
import type { ClusterConfig } from "../../components/model/cluster";
import { promiseOf, runProgram, type RegisteredResource } from "../support/mocks";
import { exampleCluster } from "./example-cluster";

export const serverType = "openstack:compute/instance:Instance";

/** Runs the cluster to its last output. */
const runOnce = (
  changes: Partial<ClusterConfig>,
  recordedMachines: readonly RecordedMachine[],
  recordedAddons: boolean,
  hasKeyPair: boolean,
) =>
  runProgram(async (options) => {
    const recorded = {
      recordedMachines,
      recordedAddons: recordedAddons ? { networkPolicy: false, workloads: [] } : undefined,
      hasKeyPair,
      recordedPhases: undefined,
      isOffline: false,
    };
    const args = { ...exampleCluster(changes), ...recorded, externalNetworkId: "the-external-network" };
    const cluster = new Cluster("dev", args, options);
    return {
      cluster,
      apiUrl: await promiseOf(cluster.apiUrl),
      kubeconfig: await promiseOf(cluster.kubeconfig),
      machines: await promiseOf(cluster.machines),
      expiry: await promiseOf(cluster.certificateExpiry),
    };
  });

const runs = new Map<string, ReturnType<typeof runOnce>>();

/** What a configuration leads to for a stack that has these machines, and perhaps the key pair of an earlier version; the same is run once. */
export function run(
  changes: Partial<ClusterConfig> = {},
  recordedMachines: readonly RecordedMachine[] = [],
  recordedAddons = false,
  hasKeyPair = false,
): ReturnType<typeof runOnce> {
  const key = JSON.stringify([exampleCluster(changes), recordedMachines, recordedAddons, hasKeyPair]);
  const known = runs.get(key) ?? runOnce(changes, recordedMachines, recordedAddons, hasKeyPair);
  runs.set(key, known);
  return known;
}

export const ofType = (resources: readonly RegisteredResource[], type: string): readonly RegisteredResource[] =>
  resources.filter((resource) => resource.type === type);

/** The server of a machine, by its logical name. */
export function server(resources: readonly RegisteredResource[], name: string): RegisteredResource {
  const found = ofType(resources, serverType).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no server ${name}`);
  return found;
}
