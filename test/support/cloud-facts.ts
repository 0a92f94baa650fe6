import type { Answer } from "../../components/cloud/answer";
import type {
  CloudFacts,
  ComputeLimits,
  FlavorFacts,
  ImageFacts,
  NamedAnswer,
  NetworkQuota,
  VolumeQuota,
} from "../../components/cloud/facts";

export const known = <T>(value: T): Answer<T> => ({ kind: "known", value });
export const absent = { kind: "absent", reason: "Your query returned no results." } as const;
export const unanswered = { kind: "unanswered", reason: "403 Forbidden" } as const;

/** A name that the cloud knows. */
export const named = <T>(value: T): NamedAnswer<T> => ({ answer: known(value), near: [] });

export const largeFlavor: FlavorFacts = { cores: 4, memoryMiB: 8192, diskGiB: 50 };
export const plainImage: ImageFacts = { minMemoryMiB: 0, minDiskGiB: 2, sizeBytes: 400_000_000 };

const network = (each: number): NetworkQuota => ({
  networks: each,
  subnets: each,
  routers: each,
  ports: each,
  floatingAddresses: each,
  securityGroups: each,
  securityGroupRules: each,
});

/** Limits of a project in Neutron, all of them alike but for the given ones. */
export function networkQuota(changes: Partial<NetworkQuota> = {}, each = 100): Answer<NetworkQuota> {
  return known({ ...network(each), ...changes });
}

export function computeLimits(changes: Partial<ComputeLimits> = {}): Answer<ComputeLimits> {
  const ample = { limit: 1_000_000, used: 0 };
  return known({ servers: ample, cores: ample, memoryMiB: ample, ...changes });
}

export function volumeQuota(changes: Partial<VolumeQuota> = {}): Answer<VolumeQuota> {
  const types = { classic: { volumes: -1, gibibytes: -1 }, "high-speed": { volumes: -1, gibibytes: -1 } };
  return known({ volumes: 100, gibibytes: 1000, gibibytesPerVolume: -1, types, ...changes });
}

/** A cloud that has all that the example cluster names, and room for it. */
export function ampleCloud(changes: Partial<CloudFacts> = {}): CloudFacts {
  return {
    images: new Map([["debian-13", named(plainImage)]]),
    flavors: new Map([
      ["b3-8", named(largeFlavor)],
      ["b3-16", named(largeFlavor)],
    ]),
    externalNetwork: named("the-external-network"),
    existingNetwork: undefined,
    attached: {},
    standing: known({
      services: { region: "R", regions: ["R"], asked: { compute: "R", network: "R", image: "R", volumev3: "R" } },
      isAdministrator: false,
    }),
    zones: undefined,
    compute: computeLimits(),
    network: networkQuota(),
    networkUse: networkQuota({}, 0),
    volumes: volumeQuota(),
    volumeUse: known({ volumes: 0, gibibytes: 0 }),
    projectPorts: known(0),
    inventory: known([]),
    flavorList: undefined,
    ...changes,
  };
}
