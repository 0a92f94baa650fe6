/** The three authorities; each is trusted only where its row of the table below says. */
export type AuthorityName = "kubernetes" | "etcd" | "front-proxy";

/** Key usages in the vocabulary of `@pulumi/tls` (`allowedUses`). */
export type CertificateUsage = "digital_signature" | "server_auth" | "client_auth";

/** A machine as far as its certificates are concerned. */
export interface CertificateHolder {
  readonly hostName: string;
  /** IPv4 address on the host network. */
  readonly address: string;
}

/** One row of the certificate table. */
export interface CertificateSpecification {
  /** Unique within the cluster and stable: part of resource names. */
  readonly name: string;
  /** What the certificate is for, the same for every machine that holds one of its kind. */
  readonly purpose: CertificatePurpose;
  readonly authority: AuthorityName;
  readonly commonName: string;
  readonly organization?: string;
  readonly usages: readonly CertificateUsage[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Host name of the one machine that gets the private key, or the administrator. */
  readonly holder: string;
  /** Whether its holder's public addresses, known only once the cloud gave them, are added to `ipAddresses`. */
  readonly servesPublicAddresses: boolean;
}

export type NodePurpose = "kubeletServer" | "kubeletClient" | "kubeProxy";
export type MasterPurpose =
  | "etcdServer"
  | "etcdPeer"
  | "etcdHealthClient"
  | "apiServer"
  | "apiServerEtcdClient"
  | "apiServerKubeletClient"
  | "frontProxyClient"
  | "controllerManager"
  | "scheduler"
  | "localhostApi";
export type AdministratorPurpose = "administrator" | "breakGlass";
export type CertificatePurpose = NodePurpose | MasterPurpose | AdministratorPurpose;

/** The group that the cluster's own binding makes administrators; see `components/addons/access.ts`. */
export const administratorGroup = "kovhernetes:administrators";

/** The name under which the API server meets kubelets; bound to `system:kubelet-api-admin` where RBAC rules. */
export const kubeletClientUser = "kube-apiserver-kubelet-client";

/** Holder of the certificates that leave the cluster in the kubeconfig. */
export const administratorHolder = "administrator";

const server: readonly CertificateUsage[] = ["digital_signature", "server_auth"];
const client: readonly CertificateUsage[] = ["digital_signature", "client_auth"];

/** What the table depends on. */
export interface CertificateTableArgs {
  readonly masters: readonly CertificateHolder[];
  readonly nodes: readonly CertificateHolder[];
  /** Address of the `kubernetes` service in the service network. */
  readonly apiServiceAddress: string;
  /** DNS domain of services, for instance `cluster.local`. */
  readonly clusterDomain: string;
  /** Whether masters offer the API on their loopback, by a proxy with an administrator's rights. */
  readonly localhostApi: boolean;
}

/**
 * Every leaf certificate of the cluster: subject, usages, names, signer and holder.
 *
 * Follows upstream's list (https://kubernetes.io/docs/setup/best-practices/certificates/), but for three departures that give
 * less power: no component but the break-glass identity is in `system:masters`, each machine has its own kube-proxy
 * pair, and no server certificate may act as a client except between etcd members, where both ends are the same program.
 */
export function certificateTable(args: CertificateTableArgs): readonly CertificateSpecification[] {
  return [
    ...args.masters.flatMap((master) => masterCertificates(master, args)),
    ...[...args.masters, ...args.nodes].flatMap(machineCertificates),
    ...administratorCertificates(),
  ];
}

function masterCertificates(master: CertificateHolder, args: CertificateTableArgs): CertificateSpecification[] {
  const own = { holder: master.hostName, dnsNames: [], ipAddresses: [], servesPublicAddresses: false };
  const name = (suffix: string): string => `${master.hostName}-${suffix}`;
  const etcdNames = { dnsNames: [master.hostName, "localhost"], ipAddresses: [master.address, "127.0.0.1"] };
  return [
    {
      ...own,
      ...etcdNames,
      name: name("etcd-server"),
      purpose: "etcdServer",
      authority: "etcd",
      commonName: master.hostName,
      usages: server,
    },
    {
      ...own,
      ...etcdNames,
      name: name("etcd-peer"),
      purpose: "etcdPeer",
      authority: "etcd",
      commonName: master.hostName,
      usages: ["digital_signature", "server_auth", "client_auth"],
    },
    {
      ...own,
      name: name("etcd-health-client"),
      purpose: "etcdHealthClient",
      authority: "etcd",
      commonName: "etcd-health-client",
      usages: client,
    },
    {
      ...own,
      name: name("apiserver"),
      purpose: "apiServer",
      authority: "kubernetes",
      commonName: "kube-apiserver",
      usages: server,
      dnsNames: [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        `kubernetes.default.svc.${args.clusterDomain}`,
        master.hostName,
        "localhost",
      ],
      ipAddresses: [master.address, args.apiServiceAddress, "127.0.0.1"],
      servesPublicAddresses: true,
    },
    {
      ...own,
      name: name("apiserver-etcd-client"),
      purpose: "apiServerEtcdClient",
      authority: "etcd",
      commonName: "kube-apiserver-etcd-client",
      usages: client,
    },
    {
      ...own,
      name: name("apiserver-kubelet-client"),
      purpose: "apiServerKubeletClient",
      authority: "kubernetes",
      commonName: kubeletClientUser,
      usages: client,
    },
    {
      ...own,
      name: name("front-proxy-client"),
      purpose: "frontProxyClient",
      authority: "front-proxy",
      commonName: "front-proxy-client",
      usages: client,
    },
    {
      ...own,
      name: name("controller-manager"),
      purpose: "controllerManager",
      authority: "kubernetes",
      commonName: "system:kube-controller-manager",
      usages: client,
    },
    {
      ...own,
      name: name("scheduler"),
      purpose: "scheduler",
      authority: "kubernetes",
      commonName: "system:kube-scheduler",
      usages: client,
    },
    ...(args.localhostApi
      ? [
          {
            ...own,
            name: name("localhost-api"),
            purpose: "localhostApi" as const,
            authority: "kubernetes" as const,
            commonName: "kovhernetes-localhost-api",
            organization: administratorGroup,
            usages: client,
          },
        ]
      : []),
  ];
}

function machineCertificates(machine: CertificateHolder): CertificateSpecification[] {
  const own = {
    authority: "kubernetes" as const,
    holder: machine.hostName,
    dnsNames: [],
    ipAddresses: [],
    servesPublicAddresses: false,
  };
  const nodeIdentity = { commonName: `system:node:${machine.hostName}`, organization: "system:nodes" };
  return [
    {
      ...own,
      ...nodeIdentity,
      name: `${machine.hostName}-kubelet-server`,
      purpose: "kubeletServer",
      usages: server,
      dnsNames: [machine.hostName],
      ipAddresses: [machine.address],
    },
    { ...own, ...nodeIdentity, name: `${machine.hostName}-kubelet-client`, purpose: "kubeletClient", usages: client },
    {
      ...own,
      name: `${machine.hostName}-kube-proxy`,
      purpose: "kubeProxy",
      commonName: "system:kube-proxy",
      usages: client,
    },
  ];
}

function administratorCertificates(): CertificateSpecification[] {
  const own = {
    authority: "kubernetes" as const,
    holder: administratorHolder,
    usages: client,
    dnsNames: [],
    ipAddresses: [],
    servesPublicAddresses: false,
  };
  return [
    {
      ...own,
      name: "administrator",
      purpose: "administrator",
      commonName: "kubernetes-administrator",
      organization: administratorGroup,
    },
    // Makes the binding that gives the administrator's group its rights, and remains when that binding is lost.
    {
      ...own,
      name: "break-glass",
      purpose: "breakGlass",
      commonName: "kubernetes-break-glass",
      organization: "system:masters",
    },
  ];
}
