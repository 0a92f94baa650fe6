import * as pulumi from "@pulumi/pulumi";
import { Cluster, prepareCluster, type ClusterSettings } from "kovhernetes";

const config = new pulumi.Config();

/** Two clusters by the same settings, the first with as many nodes as the stack says. */
export = async () => {
  const settings = config.requireObject<ClusterSettings>("settings");
  const one = new Cluster("one", await prepareCluster({ ...settings, clusterName: "one" }));
  const two = new Cluster(
    "two",
    await prepareCluster({ ...settings, clusterName: "two", nodes: 0, hostCidr: "192.168.9.0/27" }),
  );
  return { one: one.machines, two: two.machines };
};
