import * as openstack from "@pulumi/openstack";
import { z } from "zod";
import type { NetworkConfig } from "../model/cluster";
import { ask, mapAnswer, type Answer } from "../cloud/answer";
import type { ComputeLimits, ExistingNetworkFacts, NetworkQuota, VolumeQuota } from "../cloud/facts";

/**
 * What a data source told. The provider takes a 404, as a cloud answers that has no such question, for something that is gone, and its data source
 * for an answered one that holds nothing.
 * @throws Error where it holds not what is needed
 */
function told<T>(service: string, form: z.ZodType<T>, answer: unknown): T {
  const parsed = form.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Error(`the ${service} service does not tell a project its limits`);
}

const computeLimits = z.object({
  maxTotalInstances: z.number(),
  totalInstancesUsed: z.number(),
  maxTotalCores: z.number(),
  totalCoresUsed: z.number(),
  maxTotalRamSize: z.number(),
  totalRamUsed: z.number(),
});

/** Limits and use of servers, which the provider knows of the project that the credentials are for. */
export function askComputeLimits(): Promise<Answer<ComputeLimits>> {
  return ask(async () => {
    // A project that is named is one to be allowed: older clouds ask that of administrators even for one's own.
    const limits = told("compute", computeLimits, await openstack.compute.getLimitsV2({ projectId: "" }));
    return {
      servers: { limit: limits.maxTotalInstances, used: limits.totalInstancesUsed },
      cores: { limit: limits.maxTotalCores, used: limits.totalCoresUsed },
      memoryMiB: { limit: limits.maxTotalRamSize, used: limits.totalRamUsed },
    };
  });
}

const networkQuota = z.object({
  network: z.number(),
  subnet: z.number(),
  router: z.number(),
  port: z.number(),
  floatingip: z.number(),
  securityGroup: z.number(),
  securityGroupRule: z.number(),
});

export function askNetworkQuota(projectId: string): Promise<Answer<NetworkQuota>> {
  return ask(async () => {
    const quota = told("network", networkQuota, await openstack.networking.getQuotaV2({ projectId }));
    return {
      networks: quota.network,
      subnets: quota.subnet,
      routers: quota.router,
      ports: quota.port,
      floatingAddresses: quota.floatingip,
      securityGroups: quota.securityGroup,
      securityGroupRules: quota.securityGroupRule,
    };
  });
}

const volumeQuota = z.object({
  volumes: z.number(),
  gigabytes: z.number(),
  perVolumeGigabytes: z.number(),
  volumeTypeQuota: z.record(z.string(), z.unknown()).nullish(),
});

export function askVolumeQuota(projectId: string): Promise<Answer<VolumeQuota>> {
  return ask(async () => {
    const quota = told("volumev3", volumeQuota, await openstack.blockstorage.getQuotasetV3({ projectId }));
    return {
      volumes: quota.volumes,
      gibibytes: quota.gigabytes,
      gibibytesPerVolume: quota.perVolumeGigabytes,
      types: volumeTypes(quota.volumeTypeQuota ?? {}),
    };
  });
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
