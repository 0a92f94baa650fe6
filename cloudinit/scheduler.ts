import { delegatedAuthorizationFlags } from "./authorization";
import { daemonFile } from "./daemon";
import { configurationFile, keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import { leaderElection } from "./leader-election";
import type { MasterDescription } from "./machine";
import { binaries, kubernetes, kubernetesPki } from "./paths";
import { tlsFlags } from "./tls";
import { commandWithFlags } from "./units";

const executable = `${binaries}/kube-scheduler`;
const component = "kube-scheduler";
const configurationPath = `${kubernetes}/kube-scheduler.yaml`;

/** The scheduler's keys, kubeconfig, configuration and unit. */
export function schedulerFiles(description: MasterDescription): readonly MachineFile[] {
  return [
    ...keyPairFiles(kubernetesPki, component, description.scheduler),
    kubeconfigFile(component, description.clusterName, `https://${description.address}:6443`),
    configurationFile(configurationPath, schedulerConfiguration(description)),
    daemonFile(description, {
      name: component,
      description: "Kubernetes scheduler",
      type: "exec",
      command: commandWithFlags(executable, {
        ...tlsFlags,
        config: configurationPath,
        "authentication-kubeconfig": kubeconfigPath(component),
        ...delegatedAuthorizationFlags(description.authorization, component),
        "client-ca-file": `${kubernetesPki}/ca.crt`,
        "requestheader-client-ca-file": `${kubernetesPki}/front-proxy-ca.crt`,
        "bind-address": "127.0.0.1",
      }),
      executables: [executable],
      after: ["kube-apiserver.service"],
      needs: [],
      prepare: [],
      stage: "scheduler is started",
      service: {
        NoNewPrivileges: "yes",
        ProtectHome: "yes",
        // Without leader election it ends with status 1 when it is told to end:
        // https://github.com/kubernetes/kubernetes/blob/v1.36.0/cmd/kube-scheduler/app/server.go ("finished without leader elect").
        ...(leaderElection(description).leaderElect ? {} : { SuccessExitStatus: "1" }),
      },
    }),
  ];
}

/** https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/ */
function schedulerConfiguration(description: MasterDescription): object {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig: kubeconfigPath(component) },
    enableProfiling: false,
    leaderElection: leaderElection(description),
  };
}
