/** A service in Keystone's catalogue. */
export interface CatalogueService {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string; readonly url: string }[];
}

/**
 * Where a service answers in a region, out of Keystone's catalogue, without a slash at its end.
 * @param type of the service, for instance `compute`
 * @throws Error when there is none
 */
export function serviceUrl(catalogue: readonly CatalogueService[], type: string, region: string): string {
  const endpoints = catalogue
    .filter((service) => service.type === type)
    .flatMap((service) => service.endpoints)
    .filter((endpoint) => endpoint.interface === "public");
  const found = endpoints.find((endpoint) => endpoint.region === region) ?? endpoints[0];
  if (found === undefined) throw new Error(`the cloud's catalogue has no public ${type} service`);
  return found.url.replace(/\/+$/, "");
}
