/** A service in Keystone's catalogue. */
export interface CatalogueService {
  readonly type: string;
  readonly endpoints: readonly Endpoint[];
}

interface Endpoint {
  readonly interface: string;
  readonly region: string;
  readonly regionId?: string;
  readonly url: string;
}

/** For whom an endpoint is. */
export type EndpointInterface = "public" | "internal" | "admin";

/** Which of several endpoints of a service is the one to be asked. */
export interface EndpointChoice {
  /** Empty takes the first of any region, as the provider does. */
  readonly region: string;
  readonly endpointInterface: EndpointInterface;
  /** Addresses in place of the catalogue's, by type of service. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** A type of service that the catalogue does not have, in the region and for the interface that are asked. */
export class MissingService extends Error {
  constructor(type: string, { region, endpointInterface }: EndpointChoice) {
    super(
      `the cloud's catalogue has no ${endpointInterface} ${type} service${region === "" ? "" : ` in region ${region}`}`,
    );
    this.name = "MissingService";
  }
}

/**
 * Where a service answers, without a slash at its end: the endpoint that the provider takes as well (gophercloud 1.8, `V3EndpointURL`).
 * @param type of the service, for instance `compute`
 * @throws MissingService when there is none
 */
export function serviceUrl(catalogue: readonly CatalogueService[], type: string, choice: EndpointChoice): string {
  const url = choice.overrides[type] ?? endpointsOf(catalogue, type, choice)[0]?.url;
  if (url === undefined) throw new MissingService(type, choice);
  return url.replace(/\/+$/, "");
}

/** Names that newer clouds give to services (https://service-types.openstack.org). */
const aliases: Readonly<Record<string, string>> = { volumev3: "block-storage" };

function endpointsOf(
  catalogue: readonly CatalogueService[],
  type: string,
  { region, endpointInterface }: Pick<EndpointChoice, "region" | "endpointInterface">,
): readonly Endpoint[] {
  return catalogue
    .filter((service) => service.type === type || service.type === aliases[type])
    .flatMap((service) => service.endpoints)
    .filter((endpoint) => endpoint.interface === endpointInterface)
    .filter((endpoint) => region === "" || endpoint.region === region || endpoint.regionId === region);
}

/** Services that a cluster is made by. */
export const usedServices = ["compute", "network", "image", "volumev3"] as const;
export type ServiceType = (typeof usedServices)[number];

/** What the catalogue offers for the services that a cluster is made by. */
export interface Services {
  /** The region that was chosen; empty where none was. */
  readonly region: string;
  /** Regions that there are of these services. */
  readonly regions: readonly string[];
  /** The region of the endpoint that is asked, by type of service; absent of one that is not there. */
  readonly asked: Readonly<Partial<Record<ServiceType, string>>>;
}

export function servicesOf(catalogue: readonly CatalogueService[], choice: EndpointChoice): Services {
  const all = { ...choice, region: "" };
  const regions = new Set(
    usedServices.flatMap((type) => endpointsOf(catalogue, type, all).map(({ region }) => region)),
  );
  const asked = usedServices.flatMap((type) => {
    if (choice.overrides[type] !== undefined) return [[type, choice.region] as const];
    const [first] = endpointsOf(catalogue, type, choice);
    return first === undefined ? [] : [[type, first.region] as const];
  });
  return { region: choice.region, regions: [...regions].sort(), asked: Object.fromEntries(asked) };
}
