import * as pulumi from "@pulumi/pulumi";
import { encodeUserData, renderMaster, renderNode } from "../../cloudinit";
import type { Authorization } from "../model/authorization";
import type { MasterDescription, NodeDescription, ReleaseFile } from "../../cloudinit/machine";
import type { Backup } from "../model/backup";
import { apiUrlAt } from "../plan/addresses";
import type { MachinePlan } from "../plan/machines";
import type { KeyPairOutput, Pki } from "../pki/pki";

/** What all machines of one cluster have in common. */
export type ClusterDescription = Pick<
  NodeDescription,
  | "clusterName"
  | "masters"
  | "hostCidr"
  | "externalInterface"
  | "podCidr"
  | "serviceCidr"
  | "dnsServiceAddress"
  | "clusterDomain"
  | "sshPublicKey"
  | "pauseImage"
  | "registryMirrors"
  | "kubeProxyMode"
  | "ntpServers"
> &
  Pick<MasterDescription, "podSecurity" | "apiServerArguments" | "oidc"> & {
    readonly authorization: Authorization;
    readonly localhostApi: boolean;
    readonly serviceExternalIps: boolean;
    /** Holds secrets. */
    readonly backup: Backup;
    readonly apiServiceAddress: string;
    /** See `MasterDescription.etcdFormation`; a single master is not told. */
    readonly etcdFormation: NonNullable<MasterDescription["etcdFormation"]>;
    readonly releases: Readonly<Record<"master" | "node", readonly ReleaseFile[]>>;
  };

/** Where the certificates and keys of machines come from. */
export type PairSource = Pick<Pki, "machinePair" | "serviceAccount" | "trusted"> & {
  readonly authorities: Readonly<Record<keyof Pki["authorities"], KeyPairOutput>>;
};

/** User data of a node, secret. */
export function nodeUserData(
  machine: MachinePlan,
  cluster: ClusterDescription,
  pki: PairSource,
): pulumi.Output<string> {
  return pulumi.secret(nodeUserDataText(machine, cluster, pki).apply(encodeUserData));
}

/** User data of a node before it is encoded, however long. */
export function nodeUserDataText(
  machine: MachinePlan,
  cluster: ClusterDescription,
  pki: PairSource,
): pulumi.Output<string> {
  return pulumi
    .output(machineSecrets(machine, pki))
    .apply((secrets) => renderNode({ ...machineFacts(machine, cluster), ...secrets }));
}

/** User data of a master, secret. */
export function masterUserData(
  machine: MachinePlan,
  cluster: ClusterDescription,
  pki: PairSource,
  etcdVolumeId: pulumi.Output<string> | undefined,
): pulumi.Output<string> {
  return pulumi.secret(masterUserDataText(machine, cluster, pki, etcdVolumeId).apply(encodeUserData));
}

/** User data of a master before it is encoded, however long. */
export function masterUserDataText(
  machine: MachinePlan,
  cluster: ClusterDescription,
  pki: PairSource,
  etcdVolumeId: pulumi.Output<string> | undefined,
): pulumi.Output<string> {
  const { podSecurity, apiServerArguments, oidc } = cluster;
  return pulumi.all([pulumi.output(masterSecrets(machine, cluster, pki)), etcdVolumeId]).apply(([secrets, volumeId]) =>
    renderMaster({
      ...machineFacts(machine, cluster),
      ...secrets,
      authorization: cluster.authorization,
      serviceExternalIps: cluster.serviceExternalIps,
      ...(podSecurity === undefined ? {} : { podSecurity }),
      ...(oidc === undefined ? {} : { oidc }),
      ...(apiServerArguments === undefined ? {} : { apiServerArguments }),
      backup: cluster.backup,
      apiServiceAddress: cluster.apiServiceAddress,
      ...(cluster.masters.length > 1 ? { etcdFormation: cluster.etcdFormation } : {}),
      ...(volumeId === undefined ? {} : { etcdVolumeId: volumeId }),
    }),
  );
}

/** A master's own API server, which is never older than its kubelet; a node's is that of the first master. */
function apiAddressOf({ role, address }: MachinePlan, { masters: [first] }: ClusterDescription): string {
  if (role === "master") return address;
  if (first === undefined) throw new Error("a cluster without a master is described");
  return first.address;
}

function machineFacts(machine: MachinePlan, cluster: ClusterDescription) {
  const {
    authorization: _authorization,
    localhostApi: _localhostApi,
    serviceExternalIps: _serviceExternalIps,
    podSecurity: _podSecurity,
    oidc: _oidc,
    apiServerArguments: _apiServerArguments,
    backup: _backup,
    apiServiceAddress: _apiServiceAddress,
    etcdFormation: _etcdFormation,
    releases,
    ...shared
  } = cluster;
  return {
    ...shared,
    hostName: machine.hostName,
    address: machine.address,
    apiUrl: apiUrlAt(apiAddressOf(machine, cluster)),
    labels: machine.labels,
    taints: machine.taints,
    ...(machine.shape.userDataExtra === undefined ? {} : { userDataExtra: machine.shape.userDataExtra }),
    ...(machine.shape.kubelet === undefined ? {} : { kubelet: machine.shape.kubelet }),
    releases: releases[machine.role],
  };
}

function machineSecrets(machine: MachinePlan, pki: PairSource) {
  return {
    kubernetesAuthority: pki.trusted.kubernetes,
    kubeletServer: pki.machinePair(machine.hostName, "kubeletServer"),
    kubeletClient: pki.machinePair(machine.hostName, "kubeletClient"),
    kubeProxy: pki.machinePair(machine.hostName, "kubeProxy"),
  };
}

function masterSecrets(machine: MachinePlan, cluster: ClusterDescription, pki: PairSource) {
  const pair = (purpose: Parameters<Pki["machinePair"]>[1]): KeyPairOutput =>
    pki.machinePair(machine.hostName, purpose);
  const { kubernetes } = pki.authorities;
  return {
    ...machineSecrets(machine, pki),
    etcdAuthority: pki.trusted.etcd,
    frontProxyAuthority: pki.trusted["front-proxy"],
    kubernetesAuthorityPair: { certificate: kubernetes.certificate, privateKey: kubernetes.privateKey },
    etcdServer: pair("etcdServer"),
    etcdPeer: pair("etcdPeer"),
    etcdHealthClient: pair("etcdHealthClient"),
    apiServer: pair("apiServer"),
    apiServerEtcdClient: pair("apiServerEtcdClient"),
    apiServerKubeletClient: pair("apiServerKubeletClient"),
    frontProxyClient: pair("frontProxyClient"),
    controllerManager: pair("controllerManager"),
    scheduler: pair("scheduler"),
    ...(cluster.localhostApi ? { localhostApi: pair("localhostApi") } : {}),
    serviceAccount: pki.serviceAccount,
  };
}
