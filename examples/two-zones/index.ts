import * as pulumi from "@pulumi/pulumi";
import { Cluster, prepareCluster } from "kovhernetes";

const config = new pulumi.Config();
const zones = config.getObject<string[]>("zones") ?? ["eu-west-par-a", "eu-west-par-b"];

export = async () => {
  const args = await prepareCluster({
    image: config.get("image") ?? "Debian 12",
    flavor: config.get("flavor") ?? "b3-8",
    externalNetwork: config.get("externalNetwork") ?? "Ext-Net",
    sshPublicKey: config.require("sshPublicKey"),
    adminCidrs: config.requireObject<string[]>("adminCidrs"),
    authorization: "RBAC",
    hostCidr: "192.168.0.0/24",
    // A pool's addresses begin at its offset: .20 and .60, with room to grow between them.
    nodePools: Object.fromEntries(
      zones.map((availabilityZone, index) => [
        `zone-${index}`,
        {
          count: 2,
          availabilityZone,
          addressOffset: 20 + 40 * index,
          labels: { "topology.kubernetes.io/zone": availabilityZone },
        },
      ]),
    ),
  });
  const cluster = new Cluster("zones", args);
  return { apiUrl: cluster.apiUrl, kubeconfig: cluster.kubeconfig, machines: cluster.machines };
};
