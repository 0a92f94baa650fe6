import { firstAuthorities } from "../../components/model/authorities";
import type { AccessConfig, ClusterConfig, NetworkConfig, NodePoolConfig } from "../../components/model/cluster";

/** A pool of the example cluster. */
export function examplePool(name: string, count: number, addressOffset: number): NodePoolConfig {
  return { name, count, addressOffset, image: "debian-13", flavor: "b3-8", generation: 1, labels: {}, taints: [] };
}

export const exampleNetwork: NetworkConfig = {
  hostCidr: "192.168.0.0/27",
  podCidr: "172.17.0.0/16",
  serviceCidr: "10.0.0.0/16",
  dnsServers: ["192.0.2.53"],
};

export const directAccess = { mode: "direct", externalNetwork: "Ext-Net" } as const satisfies AccessConfig;
export const floatingAccess = {
  mode: "floatingIp",
  externalNetwork: "Ext-Net",
  nodes: true,
} as const satisfies AccessConfig;
/** Floating addresses for masters, none for nodes. */
export const floatingMasters = { ...floatingAccess, nodes: false } as const satisfies AccessConfig;
export const privateAccess = { mode: "none" } as const satisfies AccessConfig;

/** A whole configuration: one master, one node, direct access, and what the caller changes. */
export function exampleCluster(changes: Partial<ClusterConfig> = {}): ClusterConfig {
  return {
    clusterName: "dev",
    kubernetes: {
      version: "1.36.3",
      authorization: { mode: "AlwaysAllow" },
      clusterDomain: "cluster.local",
      localhostApi: false,
      serviceExternalIps: false,
    },
    network: exampleNetwork,
    access: directAccess,
    adminCidrs: ["198.51.100.7/32"],
    nodePortCidrs: [],
    ssh: { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4Qz0 someone@example", user: "debian" },
    masters: { count: 1, image: "debian-13", flavor: "b3-16", generation: 1, etcdVolume: { sizeGiB: 10 } },
    backup: { snapshots: { intervalHours: 6, keep: 28 } },
    nodePools: [examplePool("default", 1, 15)],
    certificates: {
      validityHours: 8760,
      earlyRenewalHours: 720,
      authorityValidityHours: 87600,
      authorities: firstAuthorities,
    },
    artifacts: { checksums: {}, registryMirrors: {} },
    addons: { networkPolicy: true },
    rollout: { maxUnavailable: 1, drainMinutes: 10 },
    readiness: { timeoutMinutes: 20 },
    protectData: true,
    ...changes,
  };
}
