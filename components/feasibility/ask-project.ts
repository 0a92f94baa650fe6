import * as openstack from "@pulumi/openstack";
import type { NetworkConfig } from "../model/cluster";
import { ask, mapAnswer, type Answer } from "../cloud/answer";
import type { ComputeLimits, ExistingNetworkFacts, NetworkQuota, VolumeQuota } from "../cloud/facts";

/** Limits and use of servers, which the provider knows of the project that the credentials are for. */
export async function askComputeLimits(): Promise<Answer<ComputeLimits>> {
  // A project that is named is one to be allowed: older clouds ask that of administrators even for one's own.
  const answer = await ask(() => openstack.compute.getLimitsV2({ projectId: "" }));
  return mapAnswer(answer, (limits) => ({
    servers: { limit: limits.maxTotalInstances, used: limits.totalInstancesUsed },
    cores: { limit: limits.maxTotalCores, used: limits.totalCoresUsed },
    memoryMiB: { limit: limits.maxTotalRamSize, used: limits.totalRamUsed },
  }));
}

export async function askNetworkQuota(projectId: string): Promise<Answer<NetworkQuota>> {
  return mapAnswer(await ask(() => openstack.networking.getQuotaV2({ projectId })), (quota) => ({
    networks: quota.network,
    subnets: quota.subnet,
    routers: quota.router,
    ports: quota.port,
    floatingAddresses: quota.floatingip,
    securityGroups: quota.securityGroup,
    securityGroupRules: quota.securityGroupRule,
  }));
}

export async function askVolumeQuota(projectId: string): Promise<Answer<VolumeQuota>> {
  return mapAnswer(await ask(() => openstack.blockstorage.getQuotasetV3({ projectId })), (quota) => ({
    volumes: quota.volumes,
    gibibytes: quota.gigabytes,
    gibibytesPerVolume: quota.perVolumeGigabytes,
    types: volumeTypes(quota.volumeTypeQuota),
  }));
}

/** Cinder names a type's limits `volumes_TYPE` and `gigabytes_TYPE`, for every type that the project may use. */
function volumeTypes(quota: Readonly<Record<string, unknown>>): VolumeQuota["types"] {
  const names = Object.keys(quota).flatMap((key) => /^volumes_(.+)$/.exec(key)?.[1] ?? []);
  const limit = (key: string): number => Number(quota[key] ?? -1);
  return Object.fromEntries(
    names.map((name) => [name, { volumes: limit(`volumes_${name}`), gibibytes: limit(`gigabytes_${name}`) }]),
  );
}

/** Number of ports that match. */
export async function askPorts(filter: openstack.networking.GetPortIdsArgs): Promise<Answer<number>> {
  return mapAnswer(await ask(() => openstack.networking.getPortIds(filter)), ({ ids }) => ids.length);
}

export async function askExistingNetwork(
  existing: NonNullable<NetworkConfig["existing"]>,
): Promise<ExistingNetworkFacts> {
  const { networkId, subnetId } = existing;
  const [network, subnet] = await Promise.all([
    ask(() => openstack.networking.getNetwork({ networkId })),
    ask(() => openstack.networking.getSubnet({ subnetId })),
  ]);
  return {
    network,
    subnet: mapAnswer(subnet, (found) => ({
      networkId: found.networkId,
      cidr: found.cidr,
      dhcp: found.enableDhcp,
      gateway: found.gatewayIp,
      dnsServers: found.dnsNameservers,
      allocationPools: found.allocationPools.map(({ start, end }) => ({ start, end })),
    })),
  };
}
