import { z } from "zod";
import { podPrefixPerMachine } from "../model/cluster";
import { authoritiesText, firstAuthorities, parseAuthorities } from "../model/authorities";
import { defaultKubernetesVersion, minorOf, supportedMinors } from "../model/release-table";
import { abacRule, webhookKubeconfig } from "./authorization-schema";
import { apiServer } from "./apiserver-schema";
import { etcdVolume, longestName, openstackName, pool, poolAddressFields, poolName, master } from "./machine-schema";
import { oidcIssuer } from "./oidc-schema";
import { extraSecurityRule } from "./security-rule-schema";
import { etcdRestore, etcdSnapshots } from "./snapshot-schema";
import { publicKeyFlaw } from "./ssh-key";
import * as value from "./values";

const hoursPerYear = 365 * 24;

const described = <T extends z.ZodType>(description: string, type: T): T => type.describe(description);
/** A key with a default, which `Pulumi.yaml` repeats since the engine cannot ask this schema. */
const withDefault = <T extends z.ZodType>(
  description: string,
  type: T,
  preset: z.output<T> & z.core.util.NoUndefined<z.output<T>>,
) => type.default(preset).describe(description);

const cidrList = z.array(value.text(value.cidr));
const version = value.text(
  value.matching(
    /^\d+\.\d+\.\d+$/,
    "is not a release",
    `write major, minor and patch, for instance ${defaultKubernetesVersion}`,
  ),
  (input) =>
    supportedMinors.includes(minorOf(input))
      ? undefined
      : { reason: `is not a supported release`, remedy: `choose a release of ${supportedMinors.join(", ")}` },
);
const identifier = value.text(
  value.matching(
    /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
    "is not an identifier of OpenStack",
    "give the identifier, such as 4ca1b2d0-…, that `openstack network list` or `openstack subnet list` shows",
  ),
);
const serviceCidr = value.text(
  value.clusterCidr,
  // The API server refuses more than 20 bits (validateMaxCIDRRange); the DNS service is the tenth address.
  value.prefixBetween(
    12,
    28,
    "the API server takes up to 20 bits of services, and the cluster's DNS is the tenth address",
  ),
);
const podCidr = value.text(
  value.clusterCidr,
  // The controller manager cuts node networks at most 16 bits smaller than the whole.
  value.prefixBetween(8, podPrefixPerMachine, `every machine takes a /${podPrefixPerMachine} of it`),
);

const authoritiesFlaw: value.Check = (input) =>
  parseAuthorities(input) === undefined
    ? {
        reason: "names no authorities",
        remedy: "give one number, such as 1, or two that follow each other, the one that issues first: 1+2, then 2+1",
      }
    : undefined;

/** Every key of a stack, in the order of `Pulumi.yaml`. A key that is neither given nor has a default is absent. */
export const stackSchema = {
  image: described(
    "Image of all machines, by name; Debian 12 or 13, or Ubuntu 22.04 or 24.04. Required unless master and every pool name one.",
    openstackName.optional(),
  ),
  flavor: described(
    "Flavor of all machines, by name. Required unless master and every pool name one.",
    openstackName.optional(),
  ),
  sshPublicKey: described(
    "Required. OpenSSH public key line for logging in to the machines; those that exist keep theirs until their next generation.",
    value.text(publicKeyFlaw),
  ),
  adminCidrs: described(
    "Required. IPv4 networks that may reach SSH and the Kubernetes API, for instance [203.0.113.7/32].",
    cidrList.min(1),
  ),
  externalNetwork: described(
    "External network, by name, for instance Ext-Net on OVH. Required unless access is none.",
    openstackName.optional(),
  ),
  access: described(
    "How machines reach the outside: direct (an interface on the external network), floatingIp (router and floating addresses) or none (VPN or bastion). By default direct.",
    value.choice("direct", "floatingIp", "none").optional(),
  ),
  floatingIpNodes: withDefault(
    "With access floatingIp: whether nodes have a floating address too, or masters alone.",
    value.flag(),
    true,
  ),
  nodes: described(
    "Number of nodes in the pool default. By default 1, or none where nodePools has other pools alone.",
    poolAddressFields.count,
  ),
  nodePools: withDefault(
    "Node pools by name: { NAME: { count, flavor, image, availabilityZone, addressOffset, labels, taints, kubelet, userDataExtra, generation } }.",
    z.record(poolName, pool),
    {},
  ),
  masterFlavor: described("Flavor of the master when it differs from flavor.", openstackName.optional()),
  master: withDefault(
    "The master when it differs from the nodes: { image, flavor, availabilityZone, kubelet, userDataExtra, generation }.",
    master,
    { generation: 1 },
  ),
  etcdVolume: withDefault(
    "Volume for etcd, which keeps the cluster's data when the master is replaced: { enabled, sizeGiB, type }, or false.",
    etcdVolume,
    { enabled: true, sizeGiB: 10 },
  ),
  etcdSnapshots: withDefault(
    "Snapshots of etcd on its volume and, sealed, in S3-compatible storage: { enabled, intervalHours, keep, s3: { endpoint, region, bucket, prefix, keep, accessKey, secretKey, passphrase } }, or false; secretKey and passphrase are secrets.",
    etcdSnapshots,
    { enabled: true, intervalHours: 6, keep: 28 },
  ),
  etcdRestore: described(
    "What a new master makes etcd's data from, once: a file name in /var/lib/etcd/snapshots, or s3://BUCKET/PREFIX/snapshot-TIME.sealed. none: where etcdVolume was changed, it begins with an empty cluster.",
    etcdRestore.optional(),
  ),
  sshUser: withDefault(
    "Login name that the image sets up, for instance debian or ubuntu.",
    value.text(
      value.matching(
        /^[a-z_][a-z0-9_-]{0,31}$/,
        "is not a login name",
        "give the image's login name, for instance debian",
      ),
    ),
    "debian",
  ),
  clusterName: described(
    "Prefix of host names and of resources in the cloud. By default the name of the stack.",
    value.text(value.label(longestName)).optional(),
  ),
  hostCidr: withDefault(
    "Private network of the machines; masters are .10 to .14, nodes begin at .15.",
    value.text(value.clusterCidr),
    "192.168.0.0/27",
  ),
  podCidr: withDefault("Network of all pods, a /24 a machine.", podCidr, "172.17.0.0/16"),
  serviceCidr: withDefault("Network of service addresses.", serviceCidr, "10.0.0.0/16"),
  nodePortCidrs: withDefault("IPv4 networks from outside that may reach node ports (30000-32767).", cidrList, []),
  extraSecurityRules: withDefault(
    "Further openings of the machines' security groups: [{ from, protocol, ports, machines, description }]. They hold at once, for machines that exist as well.",
    z.array(extraSecurityRule),
    [],
  ),
  dnsServers: withDefault(
    "Resolvers for the machines; empty leaves the cloud's own, with access direct those of the external network.",
    z.array(value.text(value.ipv4Address)),
    [],
  ),
  ntpServers: withDefault(
    "Time servers of the machines, by IPv4 address or name; empty leaves those of the image and of DHCP.",
    z.array(value.text(value.hostName)),
    [],
  ),
  vlanId: described("VLAN of the private network in OVH's vRack.", value.integer(0, 4094).optional()),
  existingNetwork: described(
    "A network that exists already, in place of a new one: { networkId, subnetId }; hostCidr must be the subnet's.",
    z
      .strictObject({
        networkId: identifier.describe("Required. Identifier of the network."),
        subnetId: identifier.describe(
          "Required. Identifier of its subnet; its allocation pool must leave .10 upward free.",
        ),
      })
      .optional(),
  ),
  kubernetesVersion: described(
    `Kubernetes release, without v. By default the one that the cluster has, and for a new one ${defaultKubernetesVersion}.`,
    version.optional(),
  ),
  authorization: withDefault(
    "AlwaysAllow (whoever is authenticated may do anything), RBAC, ABAC (RBAC and abacPolicy) or Webhook (RBAC and authorizationWebhook).",
    value.choice("AlwaysAllow", "RBAC", "ABAC", "Webhook"),
    "AlwaysAllow",
  ),
  abacPolicy: described(
    "With authorization ABAC: what is allowed beside bindings, a list of { user, group, readonly, apiGroup, namespace, resource, nonResourcePath }.",
    z.array(abacRule).min(1).optional(),
  ),
  authorizationWebhook: described(
    "With authorization Webhook: kubeconfig of the service that is asked; set it as a secret when it holds a key or token.",
    value.text(webhookKubeconfig).optional(),
  ),
  oidc: withDefault(
    "Issuers of tokens by which people log in, with OpenID Connect: [{ issuer, audiences, usernameClaim, groupsClaim, prefix, requiredClaims, certificateAuthority }]. Needs another authorization than AlwaysAllow.",
    z.array(oidcIssuer),
    [],
  ),
  localhostApi: withDefault(
    "Whether the master offers the API in clear, with an administrator's rights, on its 127.0.0.1:8080, as the original did.",
    value.flag(),
    false,
  ),
  serviceExternalIps: withDefault(
    "Whether Services may have externalIPs: any address, which every machine then takes to the Service in place of whom it belongs to.",
    value.flag(),
    false,
  ),
  podSecurity: withDefault(
    "What pods may ask for in namespaces without labels of their own, by the Pod Security Standards; kube-system and kube-flannel are exempt.",
    value.choice("privileged", "baseline", "restricted"),
    "privileged",
  ),
  apiServer: withDefault("The API server beyond what has a key of its own: { arguments }.", apiServer, {
    arguments: {},
  }),
  kubeProxy: withDefault(
    "How connections find their Service: { mode }.",
    z.strictObject({
      mode: value
        .choice("iptables", "nftables")
        .default("iptables")
        .describe("nftables needs Linux 5.13 and nft 1.0.1, which all supported images have; it scales with Services."),
    }),
    { mode: "iptables" },
  ),
  clusterDomain: withDefault(
    "DNS domain of services.",
    value.text(
      value.matching(
        /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        "is not a DNS domain",
        "give a domain in lower case, for instance cluster.local",
      ),
    ),
    "cluster.local",
  ),
  certificateValidityHours: withDefault(
    "How long leaf certificates are valid, hours.",
    value.integer(1, 10 * hoursPerYear),
    hoursPerYear,
  ),
  certificateEarlyRenewalHours: withDefault(
    "How long before its end the administrator's certificate is issued anew, and the preview warns of machines' certificates, hours.",
    value.integer(0, 10 * hoursPerYear),
    30 * 24,
  ),
  authorityValidityHours: withDefault(
    "How long certificate authorities are valid that are made from now on, hours.",
    value.integer(1, 100 * hoursPerYear),
    10 * hoursPerYear,
  ),
  authorities: withDefault(
    "Which certificate authorities issue and are trusted, by number. To rotate them: 1, then 1+2 (1 issues, 2 is trusted too), 2+1, 2; every machine replaced after each step.",
    value.text(authoritiesFlaw),
    authoritiesText(firstAuthorities),
  ),
  artifactMirror: described(
    "Base address of a mirror that serves release files as MIRROR/HOST/PATH.",
    value
      .text(value.mirrorAddress)
      .transform((address) => address.replace(/\/+$/, ""))
      .optional(),
  ),
  artifactChecksums: withDefault(
    "SHA-256 of release files of one's own choice: { HOST/PATH: hexadecimal }.",
    z.record(
      value.text(
        value.matching(
          /^[a-z0-9.-]+(:\d+)?\/[^\s]+$/,
          "is not HOST/PATH",
          "write the official address without https://",
        ),
      ),
      value.text(value.matching(/^[0-9a-f]{64}$/, "is not a SHA-256", "give 64 lower-case hexadecimal digits")),
    ),
    {},
  ),
  registryMirrors: withDefault(
    "Mirrors of container registries: { registry.k8s.io: [https://mirror.example] }.",
    z.record(
      value.text(
        value.matching(
          /^[a-z0-9.-]+(:\d+)?$/,
          "is not the host of a registry",
          "write the host alone, for instance registry.k8s.io",
        ),
      ),
      z.array(value.text(value.mirrorAddress)).min(1),
    ),
    {},
  ),
  addons: withDefault(
    "What runs in the cluster beside the pod network and DNS: { networkPolicy }.",
    z.strictObject({
      networkPolicy: value
        .flag()
        .optional()
        .describe(
          "Whether NetworkPolicies are enforced. By default true for a new cluster, and for one that exists what it has.",
        ),
    }),
    {},
  ),
  production: withDefault(
    "Whether people depend on the cluster: refuses what only a trial may have (AlwaysAllow, adminCidrs open to the world, no etcd volume or snapshots, no protection, unchecked downloads over plain HTTP).",
    value.flag(),
    false,
  ),
  protectData: withDefault(
    "Whether etcd's volume and the authorities are protected: destroy and replacements of them are refused until this is false.",
    value.flag(),
    true,
  ),
  maxUnavailable: withDefault("How many nodes are replaced at the same time.", value.integer(1, 1000), 1),
  drainMinutes: withDefault(
    "How long pods may take to leave a machine that is replaced or removed, minutes; 0 does not wait for them.",
    value.integer(0, 240),
    10,
  ),
  readinessTimeoutMinutes: withDefault(
    "How long up waits for the cluster to work, minutes; 0 waits for nothing and drains nothing - a new cluster gets no add-ons, one that has them keeps them.",
    value.integer(0, 240),
    20,
  ),
};

export type StackKey = keyof typeof stackSchema;
/** The values of a stack without problems. */
export type CompleteStackValues = { readonly [Key in StackKey]: z.output<(typeof stackSchema)[Key]> };
/** The values of a stack that could be read, by key. */
export type StackValues = { readonly [Key in StackKey]?: z.output<(typeof stackSchema)[Key]> | undefined };
