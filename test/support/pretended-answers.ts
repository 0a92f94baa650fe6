/** Network of the subnet that the pretended cloud has. */
export const pretendedSubnetCidr = "192.168.7.0/24";

const ample = 1_000_000;

/** What a pretended cloud with room for everything answers to data sources, beside their arguments and an identifier. */
const answers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  getAuthScope: { projectId: "project", region: "R", tokenId: "the-token", roles: [], serviceCatalogs: [] },
  getImage: { minRamMb: 0, minDiskGb: 0, sizeBytes: 1 },
  getFlavor: { vcpus: 4, ram: 8192, disk: 50 },
  getLimitsV2: {
    maxTotalInstances: ample,
    totalInstancesUsed: 0,
    maxTotalCores: ample,
    totalCoresUsed: 0,
    maxTotalRamSize: -1,
    totalRamUsed: 0,
  },
  getQuotaV2: {
    network: ample,
    subnet: ample,
    router: ample,
    port: ample,
    floatingip: ample,
    securityGroup: ample,
    securityGroupRule: ample,
  },
  getQuotasetV3: { volumes: 10, gigabytes: 100, perVolumeGigabytes: -1, volumeTypeQuota: { volumes_classic: "-1" } },
  getPortIds: { ids: [] },
  getAvailabilityZones: { names: ["nova", "north", "south"] },
  getSubnet: { cidr: pretendedSubnetCidr, enableDhcp: true, allocationPools: [] },
};

/** Network of the subnet that was asked for by its network: asked for by its own identifier later, it is still in that one. */
let subnetNetwork: unknown;

/** The answer to a data source, by the last part of its token. */
export function pretendedAnswer(name: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (name !== "getSubnet") return { ...answers[name] };
  subnetNetwork = inputs["networkId"] ?? subnetNetwork;
  return { ...answers[name], networkId: subnetNetwork };
}
