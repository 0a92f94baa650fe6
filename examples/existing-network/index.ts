import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { Cluster, prepareCluster } from "kovhernetes";

const config = new pulumi.Config();

export = async () => {
  // Settings are plain values, checked before anything is made: what the cloud knows is asked for first.
  const network = await openstack.networking.getNetwork({ name: config.require("network") });
  const subnet = await openstack.networking.getSubnet({ networkId: network.id });
  const args = await prepareCluster({
    image: config.get("image") ?? "Debian 12",
    flavor: config.get("flavor") ?? "b3-8",
    sshPublicKey: config.require("sshPublicKey"),
    adminCidrs: config.requireObject<string[]>("adminCidrs"),
    authorization: "RBAC",
    existingNetwork: { networkId: network.id, subnetId: subnet.id },
    hostCidr: subnet.cidr,
    // The network's own router leads outside, and Pulumi runs where the network is reached: a VPN or a bastion.
    access: "none",
  });
  const cluster = new Cluster("inside", args);
  return { apiUrl: cluster.apiUrl, kubeconfig: cluster.kubeconfig, machines: cluster.machines };
};
