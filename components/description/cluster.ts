import type { AddressPlan } from "../plan/addresses";
import type { ClusterConfig } from "../model/cluster";
import type { MachinePlan } from "../plan/machines";
import { images, releaseFiles } from "../plan/releases";
import type { ClusterDescription } from "./user-data";

/** What all machines of a cluster are told, from its configuration and its address plan. */
export function describeCluster(
  config: ClusterConfig,
  /** All of them, the first one first. */
  masters: readonly MachinePlan[],
  addresses: AddressPlan,
  etcdFormation: ClusterDescription["etcdFormation"],
): ClusterDescription {
  const { podSecurity, apiServerArguments, oidc, kubeProxyMode } = config.kubernetes;
  return {
    clusterName: config.clusterName,
    masters: masters.map(({ hostName, address }) => ({ hostName, address })),
    hostCidr: config.network.hostCidr,
    ...(config.access.mode === "direct" ? { externalInterface: { dnsServers: config.network.dnsServers } } : {}),
    podCidr: config.network.podCidr,
    serviceCidr: config.network.serviceCidr,
    dnsServiceAddress: addresses.dnsServiceAddress,
    clusterDomain: config.kubernetes.clusterDomain,
    sshPublicKey: config.ssh.publicKey.trim(),
    pauseImage: images(config).pause,
    registryMirrors: config.artifacts.registryMirrors,
    authorization: config.kubernetes.authorization,
    localhostApi: config.kubernetes.localhostApi,
    serviceExternalIps: config.kubernetes.serviceExternalIps,
    ...(podSecurity === undefined ? {} : { podSecurity }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(apiServerArguments === undefined ? {} : { apiServerArguments }),
    ...(kubeProxyMode === undefined ? {} : { kubeProxyMode }),
    ...(config.network.ntpServers === undefined ? {} : { ntpServers: config.network.ntpServers }),
    backup: config.backup,
    etcdFormation,
    apiServiceAddress: addresses.apiServiceAddress,
    releases: { master: releaseFiles(config, "master"), node: releaseFiles(config, "node") },
  };
}
