import type { Authorization } from "../model/authorization";
import { planAddresses } from "../plan/addresses";
import { authorityProblems, orderProblems } from "./authorities";
import type { RecordedAddons, RecordedAuthorities } from "../model/recorded";
import type { RecordedMachine } from "../model/recorded";
import { planMachines } from "../plan/machines";
import { givenAddressProblems } from "./given-addresses";
import { networkProblems } from "./network";
import { parseAuthorities, type AuthoritySet } from "../model/authorities";
import { noNetwork, type RecordedNetwork } from "../model/recorded";
import { defaultKubernetesVersion } from "../model/release-table";
import { renamingProblems } from "./renaming";
import { clusterVersion, versionProblems } from "./version-skew";
import { crossProblems, masterCount } from "./combinations";
import type {
  AddonsConfig,
  MachineShape,
  MasterConfig,
  NodePoolConfig,
  AccessConfig,
  ClusterConfig,
} from "../model/cluster";
import { readPoolAddresses, resolvePools } from "./pools";
import { etcdDataProblems } from "./etcd-data";
import { masterProblems } from "./masters";
import { runningProblems } from "./running";
import { configurationWarnings } from "./warnings";
import type { Problem } from "../model/problems";
import { productionProblems } from "./production";
import { readStack, type ReadStack } from "../config/read";
import { stackSchema, type CompleteStackValues } from "../config/schema";
import { portsOf } from "../config/security-rule-schema";
import type { ExtraSecurityRule } from "../model/extra-security-rule";
import { backupOf } from "../config/backup";

/** What is known of a stack beside its values. */
export interface StackContext {
  /** Name of the stack, from which the cluster has its name unless it is given. */
  readonly stackName: string;
  /** Keys whose values the stack's file keeps encrypted; absent where the values come from a program, which keeps none. */
  readonly secretKeys?: ReadonlySet<string>;
  /** The machines that the stack has; none for a new one. */
  readonly recordedMachines?: readonly RecordedMachine[];
  /** What the stack's state says of its authorities. */
  readonly recordedAuthorities?: RecordedAuthorities;
  /** Where the stack's machines are attached. */
  readonly recordedNetwork?: RecordedNetwork;
  /** Which add-ons the cluster has; absent before it has any. */
  readonly recordedAddons?: RecordedAddons | undefined;
}

export type Validation =
  { readonly config: ClusterConfig; readonly warnings: readonly string[] } | { readonly problems: readonly Problem[] };

/**
 * Checks the values of a stack and completes them with defaults.
 *
 * @param raw values by key without namespace, as the engine hands them over (texts, JSON for lists and objects) or
 *   already structured; a blank text is a value not given
 * @returns the configuration, or everything that is wrong with it
 */
export function validateConfig(raw: Readonly<Record<string, unknown>>, context: StackContext): Validation {
  const stack = readStack(raw, context.secretKeys);
  const clusterName = clusterNameOf(stack, context.stackName);
  const recorded = context.recordedMachines ?? [];
  // A newer default must not replace the machines of whoever has not asked for it.
  const version = stack.values.kubernetesVersion ?? clusterVersion(recorded) ?? defaultKubernetesVersion;
  const problems = [
    ...stack.problems,
    ...crossProblems(stack),
    ...productionProblems(stack, version),
    ...versionProblems(version, recorded),
    ...(stack.values.authorities === undefined
      ? []
      : authorityProblems(
          authoritiesOf({ authorities: stack.values.authorities }),
          recorded,
          context.recordedAuthorities,
        )),
    ...(typeof clusterName === "string" ? [] : [clusterName]),
  ];
  if (stack.complete === undefined || typeof clusterName !== "string" || problems.length > 0) return { problems };
  const config = assemble(stack.complete, clusterName, version, context.recordedAddons);
  const addresses = planAddresses({ ...config.network, masterCount, pools: config.nodePools });
  const plans = planMachines(config, addresses);
  const late = [
    ...renamingProblems(clusterName, plans, recorded),
    ...givenAddressProblems(config, plans, recorded.length === 0),
    ...networkProblems(config, plans, recorded, context.recordedNetwork ?? noNetwork),
    ...etcdDataProblems(config, plans, recorded),
    ...masterProblems(config, plans, recorded),
    ...runningProblems(stack.complete.production, plans, recorded),
    ...orderProblems(config.certificates.authorities, plans, recorded),
  ];
  if (late.length > 0) return { problems: late };
  return { config, warnings: configurationWarnings(config, plans, recorded) };
}

/** The name of a cluster that is given none; it may not be one that a cluster can have. */
export function defaultClusterName(stackName: string): string {
  return stackName.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

function clusterNameOf(stack: ReadStack, stackName: string): string | Problem {
  if (stack.given["clusterName"] !== undefined) return stack.values.clusterName ?? stackName;
  const name = defaultClusterName(stackName);
  if (stackSchema.clusterName.safeParse(name).success) return name;
  const reason = `is not given, and the name of the stack, ${stackName}, cannot be the name of a cluster`;
  const remedy = "give a name of at most 20 lower-case letters, digits and inner dashes that begins with a letter";
  return { key: "clusterName", value: "(not set)", reason, remedy };
}

/** The values with blanks dropped, so that an absent property is absent and not `undefined`. */
function present<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

function isEmpty(values: object): boolean {
  return Object.keys(values).length === 0;
}

type ShapeValues = { readonly [Key in keyof MachineShape]?: MachineShape[Key] | undefined };

function shapeOf(values: CompleteStackValues, own: ShapeValues): MachineShape {
  const image = own.image ?? values.image;
  const flavor = own.flavor ?? values.flavor;
  if (image === undefined || flavor === undefined)
    throw new TypeError("a machine without image or flavor passed the checks");
  const { availabilityZone, userDataExtra } = own;
  const kubelet = isEmpty(own.kubelet ?? {}) ? undefined : own.kubelet;
  return { image, flavor, generation: own.generation ?? 1, ...present({ availabilityZone, kubelet, userDataExtra }) };
}

function ruleOf(rule: CompleteStackValues["extraSecurityRules"][number]): ExtraSecurityRule {
  const { from, protocol, description } = rule;
  return {
    ...{ from, protocol, description, appliesTo: rule.machines === "all" ? "machines" : "masters" },
    ...(rule.ports === undefined ? {} : { ports: portsOf(rule.ports) }),
  };
}

function accessOf({ access = "direct", externalNetwork, floatingIpNodes }: CompleteStackValues): AccessConfig {
  if (access === "none") return { mode: access };
  if (externalNetwork === undefined) throw new TypeError(`access ${access} without external network passed the checks`);
  return access === "direct"
    ? { mode: access, externalNetwork }
    : { mode: access, externalNetwork, nodes: floatingIpNodes };
}

function authorizationOf(values: CompleteStackValues): Authorization {
  const { authorization: mode, abacPolicy = [], authorizationWebhook = "" } = values;
  switch (mode) {
    case "AlwaysAllow":
    case "RBAC":
      return { mode };
    case "ABAC":
      return { mode, policy: abacPolicy.map(present) };
    case "Webhook":
      return { mode, kubeconfig: authorizationWebhook };
  }
}

function mastersOf(values: CompleteStackValues): MasterConfig {
  const { enabled, sizeGiB, type } = values.etcdVolume;
  const flavor = values.master.flavor ?? values.masterFlavor;
  return {
    ...shapeOf(values, { ...values.master, flavor }),
    count: masterCount,
    ...(enabled ? { etcdVolume: { sizeGiB, ...present({ type }) } } : {}),
  };
}

function poolsOf(values: CompleteStackValues): readonly NodePoolConfig[] {
  const { requests } = resolvePools(values.nodes, readPoolAddresses(values.nodePools), values.hostCidr);
  return requests.map((request) => {
    const pool = values.nodePools[request.name];
    return { ...request, ...shapeOf(values, pool ?? {}), labels: pool?.labels ?? {}, taints: pool?.taints ?? [] };
  });
}

function authoritiesOf({ authorities }: Pick<CompleteStackValues, "authorities">): AuthoritySet {
  const set = parseAuthorities(authorities);
  if (set === undefined) throw new TypeError(`authorities ${authorities} passed the checks`);
  return set;
}

/** A cluster that was made without an add-on gets it when it is asked for: policies that nobody minded would begin to hold. */
function addonsOf({ addons }: CompleteStackValues, recorded: RecordedAddons | undefined): AddonsConfig {
  return { networkPolicy: addons.networkPolicy ?? recorded?.networkPolicy ?? true };
}

function assemble(
  values: CompleteStackValues,
  clusterName: string,
  version: string,
  recordedAddons: RecordedAddons | undefined,
): ClusterConfig {
  const { hostCidr, podCidr, serviceCidr, dnsServers, ntpServers, vlanId, existingNetwork } = values;
  return {
    clusterName,
    kubernetes: {
      version,
      authorization: authorizationOf(values),
      localhostApi: values.localhostApi,
      serviceExternalIps: values.serviceExternalIps,
      clusterDomain: values.clusterDomain,
      ...(values.podSecurity === "privileged" ? {} : { podSecurity: values.podSecurity }),
      ...(values.oidc.length === 0 ? {} : { oidc: values.oidc.map(present) }),
      ...(isEmpty(values.apiServer.arguments) ? {} : { apiServerArguments: values.apiServer.arguments }),
      ...(values.kubeProxy.mode === "nftables" ? { kubeProxyMode: values.kubeProxy.mode } : {}),
    },
    network: {
      hostCidr,
      podCidr,
      serviceCidr,
      dnsServers,
      ...(ntpServers.length === 0 ? {} : { ntpServers }),
      ...(vlanId === undefined ? {} : { vlanId }),
      ...(existingNetwork === undefined ? {} : { existing: existingNetwork }),
    },
    access: accessOf(values),
    adminCidrs: values.adminCidrs,
    nodePortCidrs: values.nodePortCidrs,
    ...(values.extraSecurityRules.length === 0 ? {} : { extraSecurityRules: values.extraSecurityRules.map(ruleOf) }),
    ssh: { publicKey: values.sshPublicKey, user: values.sshUser },
    masters: mastersOf(values),
    backup: backupOf(values, clusterName),
    nodePools: poolsOf(values),
    certificates: {
      validityHours: values.certificateValidityHours,
      earlyRenewalHours: values.certificateEarlyRenewalHours,
      authorityValidityHours: values.authorityValidityHours,
      authorities: authoritiesOf(values),
    },
    artifacts: {
      checksums: values.artifactChecksums,
      registryMirrors: values.registryMirrors,
      ...(values.artifactMirror === undefined ? {} : { mirror: values.artifactMirror }),
    },
    addons: addonsOf(values, recordedAddons),
    readiness: { timeoutMinutes: values.readinessTimeoutMinutes },
    rollout: { maxUnavailable: values.maxUnavailable, drainMinutes: values.drainMinutes },
    protectData: values.protectData,
  };
}
