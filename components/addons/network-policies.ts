import type { types } from "@pulumi/kubernetes";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Workload } from "../readiness/stages";
import { awaitedByReadiness } from "./awaiting";

export interface NetworkPoliciesArgs {
  /** Address of the API on the host network: policies are read also while services do not work. */
  readonly apiAddress: pulumi.Input<string>;
  readonly images: { readonly networkPolicies: string; readonly flannel: string };
}

const namespace = "kube-system";
const appName = "kube-network-policies";
const labels = { app: appName };

/** The DaemonSet that enforces policies on every machine. */
export const networkPoliciesWorkload: Workload = { kind: "DaemonSet", namespace, name: appName };

/** Number of the kernel's queue in which first packets wait for their verdict. */
const queue = 98;

/**
 * Whether policies are in force on this machine, asked of the kernel: a process listens at the queue, and a rule leads packets to it. The agent
 * itself runs on without either when it could not have them.
 */
const inForce = `grep -Eq '^ *${queue} ' /proc/net/netfilter/nfnetlink_queue && grep -Eq '^nft_queue [0-9]+ [1-9]' /proc/modules`;

/** An agent that has not brought policies into force after two minutes is started again. */
const watchScript = `tries=0
until ${inForce}; do
  tries=$((tries + 1))
  if [ "$tries" -gt 60 ]; then
    echo "network policies are not in force: queue ${queue} has no listener, or no rule of nftables leads to it (module nft_queue)"
    kill -KILL $(pidof netpol)
    exit 1
  fi
  sleep 2
done
echo "network policies are in force"
while ${inForce}; do sleep 10; done
echo "network policies are no longer in force"
exit 1
`;

/** By this signal, and by no other, the agent takes its rules away. */
const leaveScript = `kill -INT $(pidof netpol) || true`;

/**
 * Enforces NetworkPolicies: kube-network-policies, which gives a verdict on the first packet of every connection of a pod that a policy selects.
 * Follows upstream's manifest, https://github.com/kubernetes-sigs/kube-network-policies/blob/v0.8.0/install.yaml, with less: no privileges but
 * NET_ADMIN, nothing of the machine's files.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: NetworkPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:addons:NetworkPolicies", name, {}, options);
    const parent = { parent: this };
    const metadata = { name: appName, namespace };
    const account = new core.ServiceAccount(name, { metadata }, parent);
    const role = new rbac.ClusterRole(
      name,
      {
        metadata: { name: appName },
        rules: [
          { apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["list", "watch"] },
          { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "watch"] },
        ],
      },
      parent,
    );
    const binding = new rbac.ClusterRoleBinding(
      name,
      {
        metadata: { name: appName },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      parent,
    );
    const daemonSet = new apps.DaemonSet(
      name,
      {
        metadata: { ...metadata, labels, annotations: awaitedByReadiness },
        spec: {
          selector: { matchLabels: labels },
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
          template: { metadata: { labels }, spec: podSpec(args) },
        },
      },
      { parent: this, dependsOn: [binding] },
    );
    this.ready = daemonSet.id;
    this.registerOutputs();
  }
}

const shell = (script: string): string[] => ["/bin/sh", "-c", script];

function podSpec({ apiAddress, images }: NetworkPoliciesArgs): types.input.core.v1.PodSpec {
  const restricted = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
  return {
    hostNetwork: true,
    // The watcher sees the agent and tells it to leave.
    shareProcessNamespace: true,
    priorityClassName: "system-node-critical",
    serviceAccountName: appName,
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ operator: "Exists" }],
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: appName,
        image: images.networkPolicies,
        command: ["/bin/netpol"],
        args: [
          "--hostname-override=$(NODE_NAME)",
          `--nfqueue-id=${queue}`,
          // No such port: its metrics, in clear and for whoever asks, are not to be had.
          "--metrics-bind-address=127.0.0.1:none",
        ],
        env: [
          { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
          { name: "KUBERNETES_SERVICE_HOST", value: apiAddress },
          { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
        ],
        resources: { requests: { cpu: "50m", memory: "50Mi" } },
        securityContext: { ...restricted, capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } },
        // The signal that ends it comes after the watcher's, by which it takes its rules away.
        lifecycle: { preStop: { sleep: { seconds: 10 } } },
      },
      {
        name: "watch",
        // A shell and `grep`; every machine has this image.
        image: images.flannel,
        command: shell(watchScript),
        resources: { requests: { cpu: "1m", memory: "5Mi" } },
        securityContext: { ...restricted, capabilities: { drop: ["ALL"] } },
        // The pod is Ready once policies are in force.
        startupProbe: {
          exec: { command: shell(inForce) },
          periodSeconds: 2,
          timeoutSeconds: 10,
          failureThreshold: 120,
        },
        lifecycle: { preStop: { exec: { command: shell(leaveScript) } } },
      },
    ],
  };
}
