import { Address4 } from "ip-address";
import { parse } from "yaml";
import { z } from "zod";
import { pathText } from "../config/issues";
import type { ClusterConfig } from "../model/cluster";
import type { Problem } from "../model/problems";
import { dnsAddress, hostNumbers } from "../plan/addresses";
import type { MachinePlan } from "../plan/machines";

/** An address of the outside that a person gives, which is none there if a network of the cluster has it. */
interface GivenAddress {
  readonly key: string;
  /** As it was written, or as it may be shown. */
  readonly value: string;
  readonly address: Address4;
  /** Networks that may not have it. A service network may have what nothing asks for before the cluster is there, or what only answers. */
  readonly apart: readonly ("pods" | "services" | "machines")[];
}

interface Conflict extends Problem {
  /** Whether it cannot have worked in a cluster that exists. */
  readonly isCertain: boolean;
}

/**
 * Addresses that people give, resolvers, mirrors, storage and networks of administrators, which lie in a network of the cluster itself: machines
 * and pods would look for them there.
 * @param isNew whether the cluster has no machines yet; what one that has may live with is a warning
 */
export function givenAddressProblems(
  config: ClusterConfig,
  plans: readonly MachinePlan[],
  isNew: boolean,
): readonly Problem[] {
  return conflicts(
    config,
    plans.map(({ address }) => address),
  )
    .filter(({ isCertain }) => isNew || isCertain)
    .map(({ isCertain: _, ...problem }) => problem);
}

/** What {@link givenAddressProblems} lets pass in a cluster that exists, one sentence each. */
export function givenAddressWarnings(config: ClusterConfig): readonly string[] {
  return conflicts(config, [])
    .filter(({ isCertain }) => !isCertain)
    .map(({ key, value, reason }) => `${key} ${value} ${reason}.`);
}

function conflicts(config: ClusterConfig, machines: readonly string[]): readonly Conflict[] {
  const { podCidr, serviceCidr, hostCidr } = config.network;
  const clusterDns = dnsAddress(serviceCidr);
  return givenAddresses(config).flatMap(({ key, value, address, apart }): Conflict[] => {
    const conflict = (reason: string, isCertain: boolean, cidrKey?: string): Conflict[] => {
      const change = cidrKey === undefined ? "" : `, or give the cluster another ${cidrKey}`;
      return [{ key, value, reason, remedy: `give an address outside the cluster${change}`, isCertain }];
    };
    const isIn = (cidr: string): boolean => address.isInSubnet(new Address4(cidr));
    if (apart.includes("pods") && isIn(podCidr))
      return conflict(`lies in podCidr ${podCidr}, any part of which a machine may get`, false, "podCidr");
    if (apart.includes("services") && address.correctForm() === clusterDns) {
      return conflict("is the address of the cluster's own DNS, which would ask itself", true, "serviceCidr");
    }
    if (apart.includes("services") && isIn(serviceCidr)) {
      return conflict(
        `lies in serviceCidr ${serviceCidr}, any address of which a service may get`,
        false,
        "serviceCidr",
      );
    }
    const isMachine = machines.includes(address.correctForm()) || isMaster(hostCidr, address);
    return apart.includes("machines") && isMachine ? conflict("is an address of the cluster's machines", false) : [];
  });
}

/** Whether an address is one of those that are kept for masters. */
function isMaster(hostCidr: string, address: Address4): boolean {
  const first = new Address4(hostCidr).startAddress().bigInt();
  const number = Number(address.bigInt() - first);
  return number >= hostNumbers.masterFirst && number <= hostNumbers.masterLast;
}

function givenAddresses({ network, artifacts, backup, kubernetes, ...config }: ClusterConfig): readonly GivenAddress[] {
  const { mirror, registryMirrors } = artifacts;
  const { authorization } = kubernetes;
  const servers = authorization.mode === "Webhook" ? serversOf(authorization.kubeconfig) : [];
  const admins = (["adminCidrs", "nodePortCidrs"] as const).flatMap((key) =>
    config[key].map((value) => ({ key, value, address: new Address4(value), apart: ["pods"] as const })),
  );
  return [
    ...network.dnsServers.map((value) => ({
      key: "dnsServers",
      value,
      address: new Address4(value),
      apart: ["pods", "services", "machines"] as const,
    })),
    ...(mirror === undefined ? [] : ofUrl("artifactMirror", mirror)),
    ...Object.entries(registryMirrors).flatMap(([registry, urls]) =>
      urls.flatMap((url, index) => ofUrl(pathText(["registryMirrors", registry, index]), url)),
    ),
    ...(backup.storage === undefined
      ? []
      : ofUrl("etcdSnapshots.s3.endpoint", backup.storage.endpoint, ["pods", "services"], hidden)),
    ...servers.flatMap((server) => ofUrl("authorizationWebhook", server, ["pods"], hidden)),
    ...admins,
  ];
}

const kubeconfig = z.object({ clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })) });

function serversOf(text: string): readonly string[] {
  return (kubeconfig.safeParse(parse(text)).data?.clusters ?? []).map(({ cluster }) => cluster.server);
}

/** What stands beside keys and tokens is not shown. */
const hidden = "(not shown)";

/** The address in a web address; none where it has a name. */
function ofUrl(
  key: string,
  url: string,
  apart: GivenAddress["apart"] = ["pods", "services"],
  value = url,
): readonly GivenAddress[] {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return Address4.isValid(host) ? [{ key, value, address: new Address4(host), apart }] : [];
}
