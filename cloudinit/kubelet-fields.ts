/** What a field of the kubelet's configuration may hold. */
export type KubeletField =
  | { readonly kind: "integer"; readonly least: number; readonly most: number }
  | {
      readonly kind:
        "flag" | "duration" | "size" | "text" | "texts" | "textsByName" | "thresholds" | "durationsBySignal";
    }
  | { readonly kind: "choice"; readonly words: readonly string[] };

const integer = (least: number, most: number): KubeletField => ({ kind: "integer", least, most });
const choice = (...words: readonly string[]): KubeletField => ({ kind: "choice", words });
const duration: KubeletField = { kind: "duration" };
const flag: KubeletField = { kind: "flag" };

/**
 * Fields of `KubeletConfiguration` that a pool may set: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
 * All are in Kubernetes 1.35 to 1.37, and none needs a feature gate. A test has the real kubelet take each of them.
 */
export const kubeletFields: Readonly<Record<string, KubeletField>> = {
  // Every machine has a /24 of the pod network: 256 addresses without the network's own, the bridge's and the last.
  maxPods: integer(1, 250),
  podsPerCore: integer(0, 250),
  podPidsLimit: integer(64, 4_194_304),
  evictionHard: { kind: "thresholds" },
  evictionSoft: { kind: "thresholds" },
  evictionSoftGracePeriod: { kind: "durationsBySignal" },
  evictionMinimumReclaim: { kind: "thresholds" },
  evictionMaxPodGracePeriod: integer(0, 86_400),
  evictionPressureTransitionPeriod: duration,
  imageGCHighThresholdPercent: integer(1, 100),
  imageGCLowThresholdPercent: integer(0, 99),
  imageMinimumGCAge: duration,
  imageMaximumGCAge: duration,
  serializeImagePulls: flag,
  maxParallelImagePulls: integer(1, 100),
  registryPullQPS: integer(0, 1_000_000),
  registryBurst: integer(1, 1_000_000),
  runtimeRequestTimeout: duration,
  containerLogMaxSize: { kind: "size" },
  containerLogMaxFiles: integer(2, 1000),
  containerLogMaxWorkers: integer(1, 100),
  containerLogMonitorInterval: duration,
  cpuManagerPolicy: choice("none", "static"),
  cpuManagerPolicyOptions: { kind: "textsByName" },
  cpuManagerReconcilePeriod: duration,
  reservedSystemCPUs: { kind: "text" },
  cpuCFSQuota: flag,
  topologyManagerPolicy: choice("none", "best-effort", "restricted", "single-numa-node"),
  topologyManagerScope: choice("container", "pod"),
  topologyManagerPolicyOptions: { kind: "textsByName" },
  failSwapOn: flag,
  singleProcessOOMKill: flag,
  allowedUnsafeSysctls: { kind: "texts" },
  configMapAndSecretChangeDetectionStrategy: choice("Get", "Cache", "Watch"),
  kubeAPIQPS: integer(1, 1_000_000),
  kubeAPIBurst: integer(1, 1_000_000),
  eventRecordQPS: integer(0, 1_000_000),
  eventBurst: integer(1, 1_000_000),
  maxOpenFiles: integer(10_000, 1_000_000_000),
  nodeStatusMaxImages: integer(-1, 1_000_000),
  volumeStatsAggPeriod: duration,
};

const access = "who may ask the kubelet, and how, is what the program promises";
const paths = "the program and its scripts know this path";
const reserved = "every machine reckons it at boot from its own memory, and that wins over this file";
const network = "it follows from the cluster's network, which all machines have alike";
const identity = "the program decides how a machine registers";
const cgroups = "containerd, the kubelet and systemd have to agree on control groups";
const shutdown = "it has to fit the time that the cloud leaves a machine that is stopped";
const gates = "gates go with a release, and a kubelet that does not know one does not start";

/** Fields that are the program's own, and why a pool may not set them. */
export const ownKubeletFields: Readonly<Record<string, string>> = {
  ...{ apiVersion: "the program writes the head of the file", kind: "the program writes the head of the file" },
  ...{ authentication: access, authorization: access, enableServer: access, address: access, port: access },
  ...{ readOnlyPort: access, healthzPort: access, healthzBindAddress: access, enableDebuggingHandlers: access },
  ...{ enableProfilingHandler: access, enableDebugFlagsHandler: access, enableContentionProfiling: access },
  ...{ enableSystemLogHandler: access, enableSystemLogQuery: access, tlsCertFile: access, tlsPrivateKeyFile: access },
  ...{ tlsCipherSuites: access, tlsMinVersion: access, tlsCurvePreferences: access, rotateCertificates: access },
  ...{ serverTLSBootstrap: access, imagePullCredentialsVerificationPolicy: access },
  ...{ preloadedImagesVerificationAllowlist: access, streamingConnectionIdleTimeout: access },
  seccompDefault: "pods have containerd's profile unless they name another, and one that wants none says Unconfined",
  ...{
    staticPodPath: paths,
    staticPodURL: paths,
    staticPodURLHeader: paths,
    podLogsDir: paths,
    volumePluginDir: paths,
  },
  ...{ containerRuntimeEndpoint: paths, imageServiceEndpoint: paths, resolvConf: paths },
  ...{ kubeReserved: reserved, systemReserved: reserved, enforceNodeAllocatable: reserved, reservedMemory: reserved },
  ...{ memoryManagerPolicy: reserved, kubeReservedCgroup: reserved, systemReservedCgroup: reserved },
  ...{ clusterDNS: network, clusterDomain: network, podCIDR: network, hairpinMode: network },
  ...{ makeIPTablesUtilChains: network, iptablesMasqueradeBit: network, iptablesDropBit: network },
  ...{ providerID: identity, registerNode: identity, registerWithTaints: `${identity}; taints are the pool's own key` },
  ...{ enableControllerAttachDetach: identity, runOnce: identity },
  ...{ cgroupDriver: cgroups, cgroupRoot: cgroups, cgroupsPerQOS: cgroups, kubeletCgroups: cgroups },
  ...{ systemCgroups: cgroups, failCgroupV1: cgroups, qosReserved: cgroups },
  ...{ shutdownGracePeriod: shutdown, shutdownGracePeriodCriticalPods: shutdown },
  shutdownGracePeriodByPodPriority: shutdown,
  featureGates: gates,
  protectKernelDefaults: "the program sets the kernel as this asks for",
};

/** Signals by which the kubelet evicts pods. */
export const evictionSignals: readonly string[] = [
  "memory.available",
  "nodefs.available",
  "nodefs.inodesFree",
  "imagefs.available",
  "imagefs.inodesFree",
  "containerfs.available",
  "containerfs.inodesFree",
  "pid.available",
];

/**
 * A pool's fields over the program's own. Thresholds of eviction are merged signal by signal: to name one does not take the others away. Pulls
 * one after the other are no two at a time.
 */
export function withExtraFields(
  own: Readonly<Record<string, unknown>>,
  extra: Readonly<Record<string, unknown>>,
): object {
  const { evictionHard } = extra;
  return {
    ...own,
    ...(extra["serializeImagePulls"] === true ? { maxParallelImagePulls: 1 } : {}),
    ...extra,
    ...(typeof evictionHard === "object"
      ? { evictionHard: { ...(own["evictionHard"] as object), ...evictionHard } }
      : {}),
  };
}
