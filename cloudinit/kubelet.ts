import { daemonFile } from "./daemon";
import { configurationFile, keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import { withExtraFields } from "./kubelet-fields";
import type { NodeDescription } from "./machine";
import {
  binaries,
  containerdSocket,
  hostReady,
  kubeletSizes,
  kubernetes,
  kubernetesPki,
  podResolver,
  providerEnvironment,
  scripts,
} from "./paths";
import { tlsCipherSuites, tlsMinVersion } from "./tls";
import { commandLine, commandWithFlags, type Flags } from "./units";

const executable = `${binaries}/kubelet`;
const configurationPath = `${kubernetes}/kubelet.yaml`;

/**
 * Pods get their termination before the machine goes down. logind has to allow as much, or the kubelet does nothing at all; together with
 * what systemd then stops it stays below the 60 s after which Nova pulls the plug.
 */
export const shutdownGracePeriod = "40s";

/** The kubelet's keys, kubeconfig, configuration and unit. */
export function kubeletFiles(description: NodeDescription): readonly MachineFile[] {
  return [
    ...keyPairFiles(kubernetesPki, "kubelet", description.kubeletClient),
    ...keyPairFiles(kubernetesPki, "kubelet-server", description.kubeletServer),
    kubeconfigFile("kubelet", description.clusterName, description.apiUrl),
    {
      ...configurationFile(
        configurationPath,
        withExtraFields(kubeletConfiguration(description), description.kubelet ?? {}),
      ),
      mode: "0600",
    },
    daemonFile(description, {
      name: "kubelet",
      description: "Kubernetes node agent",
      type: "notify",
      command: commandWithFlags(executable, flags(description)),
      executables: [executable],
      after: ["containerd.service", "kovhernetes-host.service", "kovhernetes-packages.service"],
      needs: [hostReady],
      // No pod starts before the rule that keeps pods from this machine's user data.
      prepare: [commandLine(`${scripts}/guard.sh`)],
      stage: "kubelet is up",
      service: { EnvironmentFile: `-${providerEnvironment}`, KillMode: "process" },
    }),
  ];
}

/** What cannot be said in the configuration file, or is known at boot only. */
function flags(description: NodeDescription): Flags {
  const labels = Object.keys(description.labels)
    .sort()
    .map((key) => `${key}=${description.labels[key] ?? ""}`);
  return {
    config: configurationPath,
    "config-dir": kubeletSizes,
    "hostname-override": description.hostName,
    kubeconfig: kubeconfigPath("kubelet"),
    "node-ip": description.address,
    "provider-id": { variable: "PROVIDER_ID" },
    ...(labels.length > 0 ? { "node-labels": labels.join(",") } : {}),
  };
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubeletConfiguration(description: NodeDescription): Readonly<Record<string, unknown>> {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${kubernetesPki}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    readOnlyPort: 0,
    // Plain HTTP, for probes by something that this cluster does not have.
    healthzPort: 0,
    enableProfilingHandler: false,
    enableDebugFlagsHandler: false,
    tlsCertFile: `${kubernetesPki}/kubelet-server.crt`,
    tlsPrivateKeyFile: `${kubernetesPki}/kubelet-server.key`,
    tlsMinVersion,
    tlsCipherSuites,
    rotateCertificates: false,
    cgroupDriver: "systemd",
    containerRuntimeEndpoint: containerdSocket,
    // An image pull blocks its request; on a slow machine it takes longer than the default of two minutes.
    runtimeRequestTimeout: "10m",
    serializeImagePulls: false,
    maxParallelImagePulls: 3,
    // Pods do not get the images that another one pulled with its credentials; what a prepared machine holds needs none.
    imagePullCredentialsVerificationPolicy: "NeverVerifyPreloadedImages",
    clusterDNS: [description.dnsServiceAddress],
    clusterDomain: description.clusterDomain,
    resolvConf: podResolver,
    // Pods that name no profile get containerd's; `Unconfined` in a pod takes it away again.
    seccompDefault: true,
    // One pod must not take every process number of the machine.
    podPidsLimit: 4096,
    // Of memory, process numbers and disk, pods go before the machine does. Images nobody uses go before pods are evicted for the room.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "10%",
      "nodefs.inodesFree": "5%",
      "imagefs.available": "15%",
      "imagefs.inodesFree": "5%",
      "pid.available": "10%",
    },
    imageGCHighThresholdPercent: 80,
    imageGCLowThresholdPercent: 75,
    // 50 MiB of a container's logs.
    containerLogMaxSize: "10Mi",
    containerLogMaxFiles: 5,
    // `zz-kovhernetes.conf` sets what this asks for.
    protectKernelDefaults: true,
    ...(description.taints.length > 0 ? { registerWithTaints: description.taints } : {}),
    shutdownGracePeriod,
    shutdownGracePeriodCriticalPods: "10s",
  };
}
