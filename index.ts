import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components/cluster";
import { loadConfig } from "./components/load-config";
import { plainStacks } from "./components/plain-stacks";
import { clusterArgs } from "./components/prepare";
import { authoritiesInState } from "./components/recorded/authorities";
import { addonsInState } from "./components/recorded/cluster";
import { machinesInState } from "./components/recorded/machines";
import { networkInState } from "./components/recorded/network";
import { readState } from "./components/recorded/state";

// eslint-disable-next-line @typescript-eslint/unbound-method -- V8 calls it without an object
const formatStack = plainStacks(Error.prepareStackTrace);
if (formatStack !== undefined) Error.prepareStackTrace = formatStack;

/** Stack outputs: see README, "Outputs". */
export = async () => {
  const state = await readState();
  const recordedMachines = machinesInState(state);
  const config = loadConfig(
    new pulumi.Config(),
    recordedMachines,
    authoritiesInState(state),
    networkInState(state),
    addonsInState(state),
  );
  const cluster = new Cluster(config.clusterName, await clusterArgs({ config, recordedMachines, state }));
  return {
    apiUrl: cluster.apiUrl,
    kubeconfig: cluster.kubeconfig,
    machines: cluster.machines,
    certificateExpiry: cluster.certificateExpiry,
    phases: cluster.phases,
  };
};
