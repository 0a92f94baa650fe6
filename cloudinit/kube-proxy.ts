import { daemonFile } from "./daemon";
import { configurationFile, keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import type { NodeDescription } from "./machine";
import { binaries, hostReady, kubernetes, kubernetesPki } from "./paths";
import { commandWithFlags } from "./units";

const executable = `${binaries}/kube-proxy`;
const configurationPath = `${kubernetes}/kube-proxy.yaml`;

/** kube-proxy's keys, kubeconfig, configuration and unit. */
export function kubeProxyFiles(description: NodeDescription): readonly MachineFile[] {
  return [
    ...keyPairFiles(kubernetesPki, "kube-proxy", description.kubeProxy),
    kubeconfigFile("kube-proxy", description.clusterName, description.apiUrl),
    configurationFile(configurationPath, kubeProxyConfiguration(description)),
    daemonFile(description, {
      name: "kube-proxy",
      description: "Kubernetes service addresses by iptables",
      type: "exec",
      command: commandWithFlags(executable, { config: configurationPath }),
      executables: [executable],
      after: ["kovhernetes-host.service", "kovhernetes-packages.service"],
      // The connection tracking module has to be loaded before kube-proxy sets its limits.
      needs: [hostReady],
      prepare: [],
      stage: "kube-proxy is started",
    }),
  ];
}

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function kubeProxyConfiguration(description: NodeDescription): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: kubeconfigPath("kube-proxy") },
    clusterCIDR: description.podCidr,
    detectLocalMode: "ClusterCIDR",
    hostnameOverride: description.hostName,
    mode: "iptables",
    // Node ports on 127.0.0.1 would need route_localnet, which opens loopback services to the host network.
    iptables: { localhostNodePorts: false },
    // Both speak plain HTTP, so neither leaves the machine.
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  };
}
