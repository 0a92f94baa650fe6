import * as pulumi from "@pulumi/pulumi";
import { Cluster, prepareCluster } from "kovhernetes";

const config = new pulumi.Config();

export = async () => {
  const args = await prepareCluster({
    image: config.get("image") ?? "Debian 12",
    flavor: config.get("flavor") ?? "b3-8",
    externalNetwork: config.get("externalNetwork") ?? "Ext-Net",
    sshPublicKey: config.require("sshPublicKey"),
    adminCidrs: config.requireObject<string[]>("adminCidrs"),
    authorization: "RBAC",
  });
  const cluster = new Cluster("minimal", args);
  return { apiUrl: cluster.apiUrl, kubeconfig: cluster.kubeconfig, machines: cluster.machines };
};
