import { createHash } from "node:crypto";
import { parse } from "yaml";
import { z } from "zod";
import type { Authorization } from "../model/authorization";
import type { Backup } from "../model/backup";
import type { ClusterConfig, MachineShape, NodePoolConfig } from "../model/cluster";
import type { MadeWith } from "../model/recorded";
import { releaseFiles } from "./releases";
import { isPlainHttp, uncheckedFiles } from "./unchecked-downloads";

type Settings = Readonly<Record<string, unknown>>;

/**
 * Settings that are recorded of a machine only where they are set: one whose record lacks such a key, or that has no record at all, was made
 * without it, for whoever knew the setting would have told. So none of them is ever unknown.
 */
export const recordedWhereSet: ReadonlySet<string> = new Set([
  ...["kubelet", "userDataExtra", "podSecurity", "oidc", "apiServer", "kubeProxy", "ntpServers"],
]);

/** Settings that a pool, or the master, has by itself. */
export const settingsOfShape: ReadonlySet<string> = new Set(["availabilityZone", "kubelet", "userDataExtra"]);

/**
 * Every setting that the user data of a machine holds, by its key. A test holds it against the user data itself: a setting that changes the
 * one has to be in the other. Generation, release, image, flavor and authorities are recorded by themselves.
 */
function heldByAll(config: ClusterConfig, role: "master" | "node"): Settings {
  return {
    hostCidr: config.network.hostCidr,
    podCidr: config.network.podCidr,
    serviceCidr: config.network.serviceCidr,
    clusterDomain: config.kubernetes.clusterDomain,
    // With two networks a machine orders them itself.
    access: config.access.mode === "direct",
    dnsServers: config.access.mode === "direct" ? config.network.dnsServers : undefined,
    sshPublicKey: config.ssh.publicKey.trim(),
    certificateValidityHours: config.certificates.validityHours,
    artifactMirror: config.artifacts.mirror,
    artifactChecksums: checksumsFor(config, role),
    registryMirrors: config.artifacts.registryMirrors,
    kubeProxy: config.kubernetes.kubeProxyMode,
    ntpServers: config.network.ntpServers,
  };
}

function heldByMaster(config: ClusterConfig): Settings {
  const { authorization, localhostApi, serviceExternalIps, podSecurity, oidc, apiServerArguments } = config.kubernetes;
  return {
    authorization: authorization.mode,
    abacPolicy: authorization.mode === "ABAC" ? authorization.policy : undefined,
    authorizationWebhook: webhookAddresses(authorization),
    localhostApi,
    serviceExternalIps,
    podSecurity,
    oidc,
    apiServer: apiServerArguments,
    etcdVolume: config.masters.etcdVolume !== undefined,
    etcdSnapshots: withoutSecrets(config.backup),
    availabilityZone: config.masters.availabilityZone,
    ...heldByShape(config.masters),
  };
}

function heldByNode(pool: NodePoolConfig): Settings {
  return { labels: pool.labels, taints: pool.taints, availabilityZone: pool.availabilityZone, ...heldByShape(pool) };
}

function heldByShape({ kubelet, userDataExtra }: MachineShape): Settings {
  // The script may hold a secret, and a digest of little is soon guessed: whoever changes it says so by its revision.
  const { script: _script, ...told } = userDataExtra ?? {};
  return { kubelet, userDataExtra: userDataExtra === undefined ? undefined : told };
}

/** What a master that is made now is made with. */
export function masterMadeWith(config: ClusterConfig): MadeWith {
  return {
    settings: digests({ ...heldByAll(config, "master"), ...heldByMaster(config) }),
    authorization: config.kubernetes.authorization.mode,
    trial: [...masterTrial(config), ...downloadTrial(config)],
  };
}

/** What a node of a pool that is made now is made with. */
export function nodeMadeWith(config: ClusterConfig, pool: NodePoolConfig): MadeWith {
  return { settings: digests({ ...heldByAll(config, "node"), ...heldByNode(pool) }), trial: downloadTrial(config) };
}

function masterTrial({ kubernetes, masters, backup }: ClusterConfig): readonly string[] {
  return [
    ...(kubernetes.authorization.mode === "AlwaysAllow" ? ["authorization"] : []),
    ...(kubernetes.localhostApi ? ["localhostApi"] : []),
    ...(masters.etcdVolume === undefined ? ["etcdVolume"] : []),
    ...(backup.snapshots === undefined ? ["etcdSnapshots"] : []),
  ];
}

function downloadTrial(config: ClusterConfig): readonly string[] {
  return [
    ...(uncheckedFiles(config).length > 0 ? ["artifactMirror"] : []),
    ...(Object.values(config.artifacts.registryMirrors).flat().some(isPlainHttp) ? ["registryMirrors"] : []),
  ];
}

function digests(settings: Settings): Readonly<Record<string, string>> {
  const told = Object.entries(settings).filter(([key, value]) => value !== undefined || !recordedWhereSet.has(key));
  return Object.fromEntries(told.map(([key, value]) => [key, digest(value)]));
}

/** The same for values that say the same, whatever the order of their keys. */
function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === undefined) return "absent";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`;
}

/** Those of files that a machine of this role fetches. */
function checksumsFor(config: ClusterConfig, role: "master" | "node"): Readonly<Record<string, string>> {
  const official = { kubernetes: config.kubernetes, artifacts: { checksums: {}, registryMirrors: {} } };
  const fetched = new Set(releaseFiles(official, role).map(({ url }) => url.replace("https://", "")));
  return Object.fromEntries(Object.entries(config.artifacts.checksums).filter(([location]) => fetched.has(location)));
}

const webhook = z.object({ clusters: z.array(z.object({ cluster: z.object({ server: z.string() }) })) });

/** Where the service is that is asked. The rest may hold a key or a token, and a digest of little is soon guessed. */
function webhookAddresses(authorization: Authorization): readonly string[] | undefined {
  if (authorization.mode !== "Webhook") return undefined;
  const { data } = webhook.safeParse(parse(authorization.kubeconfig));
  return (data?.clusters ?? []).map(({ cluster }) =>
    URL.canParse(cluster.server) ? new URL(cluster.server).host : "",
  );
}

/** When snapshots are taken and where they go, without what opens the storage or the snapshots. */
function withoutSecrets({ snapshots, storage }: Backup): unknown {
  if (storage === undefined) return { snapshots };
  const { secretKey: _secretKey, passphrase: _passphrase, ...told } = storage;
  return { snapshots, storage: told };
}
