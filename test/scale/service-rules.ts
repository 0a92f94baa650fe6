import { Address4 } from "ip-address";

export interface Services {
  readonly services: number;
  /** Pods behind each service. */
  readonly endpoints: number;
}

const addressIn = (cidr: string, number: number): string =>
  Address4.fromInteger(Number(new Address4(cidr).startAddress().bigInt()) + number).correctForm();

/** Address of a service, by its number; `.1` and `.10` of the network are taken. */
export const serviceAddress = (service: number): string => addressIn("10.0.0.0/16", 256 + service);
/** Address of a pod behind a service. */
export const endpointAddress = (all: Services, service: number, endpoint: number): string =>
  addressIn("172.16.0.0/12", 2 + service * all.endpoints + endpoint);

/** How many rules kube-proxy writes: three for each pod, two for each service. */
export const ruleCount = ({ services, endpoints }: Services): number => services * (2 + 3 * endpoints);

/**
 * The nat table for services with one TCP port, as kube-proxy gives it to `iptables-restore --noflush --counters`: `syncProxyRules`
 * and `writeServiceToEndpointRules` in pkg/proxy/iptables/proxier.go of Kubernetes 1.36.
 * @param changed the services whose own chains are written: all at the start, afterwards those that changed alone
 */
export function serviceRules(all: Services, changed: readonly number[]): string {
  const numbers = Array.from({ length: all.services }, (_, service) => service);
  const endpoints = Array.from({ length: all.endpoints }, (_, endpoint) => endpoint);
  // kube-proxy leaves comments out where there are more pods than `largeClusterEndpointsThreshold`.
  const isLarge = all.services * all.endpoints > 1000;
  const comment = (service: number, what: string): string =>
    isLarge ? "" : `-m comment --comment "default/service-${service}:http${what}" `;
  const target = (service: number): string => `-d ${serviceAddress(service)}/32 -p tcp -m tcp --dport 80`;
  const ownRules = (service: number): readonly string[] => [
    `-A ${chain("SVC", service)} ${comment(service, " cluster IP")}${target(service)} ! -s 172.16.0.0/12 -j KUBE-MARK-MASQ`,
    ...endpoints.flatMap((endpoint) => {
      const pod = endpointAddress(all, service, endpoint);
      const own = chain("SEP", service * all.endpoints + endpoint);
      const left = all.endpoints - endpoint;
      const share = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : "";
      return [
        `-A ${chain("SVC", service)} ${comment(service, ` -> ${pod}:8080`)}${share}-j ${own}`,
        `-A ${own} ${comment(service, "")}-s ${pod}/32 -j KUBE-MARK-MASQ`,
        `-A ${own} ${comment(service, "")}-m tcp -p tcp -j DNAT --to-destination ${pod}:8080`,
      ];
    }),
  ];
  const ownChains = (service: number): readonly string[] => [
    `:${chain("SVC", service)} - [0:0]`,
    ...endpoints.map((endpoint) => `:${chain("SEP", service * all.endpoints + endpoint)} - [0:0]`),
  ];
  return [
    "*nat",
    ":KUBE-SERVICES - [0:0]",
    ":KUBE-MARK-MASQ - [0:0]",
    ...changed.flatMap(ownChains),
    "-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000",
    ...numbers.map(
      (service) => `-A KUBE-SERVICES ${comment(service, " cluster IP")}${target(service)} -j ${chain("SVC", service)}`,
    ),
    ...changed.flatMap(ownRules),
    "COMMIT",
    "",
  ].join("\n");
}

/** A chain's name, as long as kube-proxy's, which end in sixteen characters of a hash. */
function chain(kind: "SVC" | "SEP", number: number): string {
  return `KUBE-${kind}-${String(number).padStart(16, "0")}`;
}
