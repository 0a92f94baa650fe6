import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components/cluster";
import { checkCloud } from "./components/cloud-check";
import { loadConfig } from "./components/config/load";
import { recordedMachines } from "./components/recorded-machines";

/** Stack outputs: see README, "Outputs". */
export = async () => {
  const recorded = await recordedMachines();
  const config = loadConfig(new pulumi.Config(), recorded);
  await checkCloud(config);
  const cluster = new Cluster(config.clusterName, { ...config, recordedMachines: recorded });
  return {
    apiUrl: cluster.apiUrl,
    kubeconfig: cluster.kubeconfig,
    machines: cluster.machines,
    certificateExpiry: cluster.certificateExpiry,
  };
};
