import { delegatedAuthorizationFlags } from "./authorization";
import { daemonFile } from "./daemon";
import { keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import { leaderElectionFlags } from "./leader-election";
import type { MasterDescription } from "./machine";
import { binaries, kubernetesPki } from "./paths";
import { tlsFlags } from "./tls";
import { commandLine, commandWithFlags, type Flags } from "./units";

const executable = `${binaries}/kube-controller-manager`;
const component = "kube-controller-manager";

/** The controller manager's keys (the authority's among them), kubeconfig and unit. */
export function controllerManagerFiles(description: MasterDescription): readonly MachineFile[] {
  // The master's own API server: the two are upgraded together.
  const server = `https://${description.address}:6443`;
  return [
    // Apart from ca.crt, which may hold an authority's predecessor or successor too.
    ...keyPairFiles(kubernetesPki, "ca-signing", description.kubernetesAuthorityPair),
    ...keyPairFiles(kubernetesPki, component, description.controllerManager),
    kubeconfigFile(component, description.clusterName, server),
    daemonFile(description, {
      name: component,
      description: "Kubernetes controllers",
      type: "exec",
      command: commandWithFlags(executable, flags(description)),
      executables: [executable],
      after: ["kube-apiserver.service"],
      needs: [],
      prepare: [waitForApi(server)],
      stage: "controller manager is started",
      service: { NoNewPrivileges: "yes", ProtectHome: "yes" },
    }),
  ];
}

/**
 * Asks, as the controller manager does first of all, until the API server is healthy. By itself it ends after ten seconds of refusals,
 * and there are such seconds at a first start: the API server answers before it has made the roles that allow the question.
 * https://github.com/kubernetes/kubernetes/blob/v1.35.0/cmd/kube-controller-manager/app/controllermanager.go (`WaitForAPIServer`)
 */
function waitForApi(server: string): string {
  return commandLine(
    ...["/usr/bin/curl", "--fail", "--silent", "--output", "/dev/null"],
    ...["--cacert", `${kubernetesPki}/ca.crt`],
    ...["--cert", `${kubernetesPki}/${component}.crt`, "--key", `${kubernetesPki}/${component}.key`],
    // 403 is an answer to wait upon as well. The unit's TimeoutStartSec= ends this first.
    ...["--retry", "900", "--retry-delay", "1", "--retry-all-errors", "--max-time", "30"],
    `${server}/healthz`,
  );
}

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ */
function flags(description: MasterDescription): Flags {
  return {
    ...tlsFlags,
    kubeconfig: kubeconfigPath(component),
    "authentication-kubeconfig": kubeconfigPath(component),
    ...delegatedAuthorizationFlags(description.authorization, component),
    "client-ca-file": `${kubernetesPki}/ca.crt`,
    "requestheader-client-ca-file": `${kubernetesPki}/front-proxy-ca.crt`,
    "bind-address": "127.0.0.1",
    profiling: "false",
    "allocate-node-cidrs": "true",
    "cluster-cidr": description.podCidr,
    "cluster-name": description.clusterName,
    "node-cidr-mask-size": "24",
    "service-cluster-ip-range": description.serviceCidr,
    "cluster-signing-cert-file": `${kubernetesPki}/ca-signing.crt`,
    "cluster-signing-key-file": `${kubernetesPki}/ca-signing.key`,
    "root-ca-file": `${kubernetesPki}/ca.crt`,
    "service-account-private-key-file": `${kubernetesPki}/service-account.key`,
    // The oldest beyond these go: upstream's 12,500 would fill the etcd of a small volume.
    "terminated-pod-gc-threshold": "1000",
    "use-service-account-credentials": "true",
    ...leaderElectionFlags(description),
  };
}
