import type { ClusterDescription, DrawnMachine } from "../../commands/diagram/description.ts";

/** Machines of a pool, their addresses counted from a host number. */
export function machinesOf(pool: string, count: number, first: number, isPublic = false): readonly DrawnMachine[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    name: `dev-${pool}-${ordinal}`,
    pool,
    address: `192.168.${Math.floor((first + ordinal) / 256)}.${(first + ordinal) % 256}`,
    ...(isPublic ? { publicAddress: `203.0.113.${100 + (ordinal % 100)}` } : {}),
    image: "debian-13",
    flavor: "b3-8",
  }));
}

/** A cluster to draw: one master, one node, floating addresses, and what the caller changes. */
export function exampleDescription(changes: Partial<ClusterDescription> = {}): ClusterDescription {
  return {
    name: "dev",
    machines: [...machinesOf("master", 1, 10, true), ...machinesOf("default", 1, 15)],
    rules: [
      { appliesTo: "machines", what: "TCP 22", from: "administrators" },
      { appliesTo: "masters", what: "TCP 2379–2380", from: "masters" },
      { appliesTo: "masters", what: "TCP 6443", from: "cluster members" },
      { appliesTo: "machines", what: "TCP 30000–32767", from: "198.51.100.128/25" },
      { appliesTo: "machines", what: "ICMP", from: "cluster members" },
    ],
    adminCidrs: ["203.0.113.7/32"],
    hostNetwork: {
      cidr: "192.168.0.0/16",
      name: "dev-network",
      vlanId: "42",
      allocation: { start: "192.168.0.2", end: "192.168.0.9" },
    },
    podCidr: "172.16.0.0/12",
    serviceCidr: "10.100.0.0/16",
    dnsAddress: "10.100.0.10",
    access: { mode: "floatingIp", externalNetwork: "Ext-Net", router: "dev-network" },
    authorization: "AlwaysAllow",
    localhostApi: true,
    etcdVolume: { sizeGiB: 10, type: "high-speed" },
    ...changes,
  };
}
