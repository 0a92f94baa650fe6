import type { Addresses } from "./addresses.ts";
import type { CloudClient } from "./client.ts";

/** A size of server; memory in MiB, disk in GB. */
export interface Flavor {
  readonly name: string;
  readonly memory: number;
  readonly processors: number;
  readonly disk: number;
}

/** Flavors that every cloud of the lab has. */
export const labFlavors: readonly Flavor[] = [
  { name: "lab.master", memory: 2048, processors: 2, disk: 8 },
  { name: "lab.node", memory: 1024, processors: 2, disk: 8 },
  { name: "lab.pretended", memory: 64, processors: 1, disk: 1 },
];

/** Limits of the project `small`; -1 is none. */
export interface SmallQuota {
  readonly instances: number;
  readonly cores: number;
  readonly ports: number;
  readonly floatingAddresses: number;
  readonly volumes: number;
}

/** Name of the external network. */
export const externalNetwork = "ext";

/** Makes the public flavors that are absent; one of the same name is left as it is. */
export async function ensureFlavors(admin: CloudClient, flavors: readonly Flavor[]): Promise<void> {
  const present = await admin.call<{ flavors: { name: string }[] }>("compute", "/flavors");
  for (const { name, memory, processors, disk } of flavors) {
    if (present.flavors.some((flavor) => flavor.name === name)) continue;
    const json = { flavor: { name, ram: memory, vcpus: processors, disk } };
    await admin.call("compute", "/flavors", { method: "POST", json });
  }
}

/** Makes the volume type that stands for Cinder's one back end. */
export async function createVolumeType(admin: CloudClient): Promise<void> {
  await admin.call("volumev3", "/types", { method: "POST", json: { volume_type: { name: "nfs" } } });
}

/**
 * Makes the external network with its subnet and pool of addresses. As OVH's `Ext-Net` it is shared, so that users attach machines to it,
 * and gives them an address, a way out and a resolver by DHCP.
 */
export async function createExternalNetwork(admin: CloudClient, addresses: Addresses): Promise<void> {
  const { network } = await admin.call<{ network: { id: string } }>("network", "/v2.0/networks", {
    method: "POST",
    json: {
      network: {
        name: externalNetwork,
        "router:external": true,
        shared: true,
        "provider:network_type": "flat",
        "provider:physical_network": "ext",
      },
    },
  });
  const subnet = {
    name: externalNetwork,
    network_id: network.id,
    ip_version: 4,
    cidr: addresses.externalCidr,
    gateway_ip: addresses.gateway,
    enable_dhcp: true,
    dns_nameservers: [addresses.gateway],
    allocation_pools: [addresses.floatingPool],
  };
  await admin.call("network", "/v2.0/subnets", { method: "POST", json: { subnet } });
}

/** Sets the limits of the project `small`, which exists for trials of a cloud that refuses. */
export async function setSmallQuota(admin: CloudClient, projectId: string, quota: SmallQuota): Promise<void> {
  const put = (json: unknown) => ({ method: "PUT" as const, json });
  const compute = { quota_set: { instances: quota.instances, cores: quota.cores } };
  await admin.call("compute", `/os-quota-sets/${projectId}`, put(compute));
  const network = { quota: { port: quota.ports, floatingip: quota.floatingAddresses } };
  await admin.call("network", `/v2.0/quotas/${projectId}`, put(network));
  await admin.call("volumev3", `/os-quota-sets/${projectId}`, put({ quota_set: { volumes: quota.volumes } }));
}
