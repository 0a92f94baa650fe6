import { daemonFile } from "./daemon";
import { keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import type { NodeDescription } from "./machine";
import { binaries, hostReady, kubernetesPki, scripts } from "./paths";
import { commandLine, commandWithFlags, type Flags } from "./units";

const executable = `${binaries}/kube-proxy`;

/** kube-proxy's keys, kubeconfig and unit. */
export function kubeProxyFiles(description: NodeDescription): readonly MachineFile[] {
  return [
    ...keyPairFiles(kubernetesPki, "kube-proxy", description.kubeProxy),
    kubeconfigFile("kube-proxy", description.clusterName, description.apiUrl),
    daemonFile(description, {
      name: "kube-proxy",
      description: `Kubernetes service addresses by ${description.kubeProxyMode ?? "iptables"}`,
      type: "exec",
      command: commandWithFlags(executable, flags(description)),
      executables: [executable],
      after: ["kovhernetes-host.service", "kovhernetes-packages.service"],
      // The connection tracking module has to be loaded before kube-proxy sets its limits.
      needs: [hostReady],
      prepare: [commandLine(`${scripts}/guard.sh`)],
      stage: "kube-proxy is started",
    }),
  ];
}

/** Commands that kube-proxy calls in that mode, with their packages. */
export const nftablesCommands: Readonly<Record<string, string>> = { nft: "nftables" };

/** Unlike iptables, this mode opens node ports on the node's own address alone by default, and not on that of an external network. Never on loopback. */
const nftablesFlags: Flags = { "nodeport-addresses": "0.0.0.0/0", "proxy-mode": "nftables" };

/**
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/
 *
 * Flags, not a configuration file: the health check speaks plain HTTP on every interface, and only a port of 0 turns it off
 * (`addressFromDeprecatedFlags` in cmd/kube-proxy/app/options.go). An empty address means the default, in the file as in a flag.
 * Metrics cannot be turned off at all, see `guard.sh`.
 */
function flags(description: NodeDescription): Flags {
  return {
    "cluster-cidr": description.podCidr,
    "detect-local-mode": "ClusterCIDR",
    "healthz-port": "0",
    "hostname-override": description.hostName,
    // Node ports on 127.0.0.1 would need route_localnet, which opens loopback services to the host network.
    "iptables-localhost-nodeports": "false",
    kubeconfig: kubeconfigPath("kube-proxy"),
    "metrics-bind-address": "127.0.0.1:10249",
    "proxy-mode": "iptables",
    ...(description.kubeProxyMode === "nftables" ? nftablesFlags : {}),
  };
}
