import type { types } from "@pulumi/kubernetes";
import * as admission from "@pulumi/kubernetes/admissionregistration/v1";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Workload } from "../readiness/stages";
import { awaitedByReadiness } from "./awaiting";
import { ownNodePolicySpec } from "./own-node";

export interface FlannelArgs {
  /** IPv4 CIDR of all pods; each node has a /24 of it. */
  readonly podCidr: string;
  /** Address of the API on the host network: services do not work before the pod network does. */
  readonly apiAddress: pulumi.Input<string>;
  readonly images: { readonly flannel: string; readonly flannelCni: string };
}

const namespaceName = "kube-flannel";
const labels = { app: "flannel" };

/** The DaemonSet that carries the pod network on every machine. */
export const flannelWorkload: Workload = { kind: "DaemonSet", namespace: namespaceName, name: "kube-flannel-ds" };

/**
 * The pod network: flannel with the VXLAN backend (`flannel.1`), fed by the nodes' pod CIDRs.
 * Follows upstream's manifest, https://github.com/flannel-io/flannel/blob/v0.28.10/Documentation/kube-flannel.yml.
 */
export class Flannel extends pulumi.ComponentResource {
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: FlannelArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:addons:Flannel", name, {}, options);
    const parent = { parent: this };
    const namespace = new core.Namespace(
      name,
      { metadata: { name: namespaceName, labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
      parent,
    );
    const metadata = { name: "flannel", namespace: namespace.metadata.name };
    const account = new core.ServiceAccount(name, { metadata }, parent);
    const role = new rbac.ClusterRole(
      name,
      {
        metadata: { name: "flannel" },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
        ],
      },
      parent,
    );
    const binding = new rbac.ClusterRoleBinding(
      name,
      {
        metadata: { name: "flannel" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.metadata.name }],
      },
      parent,
    );
    const policy = new admission.ValidatingAdmissionPolicy(
      name,
      {
        metadata: { name: "kovhernetes-flannel-own-node" },
        spec: ownNodePolicySpec(`system:serviceaccount:${namespaceName}:flannel`),
      },
      parent,
    );
    const enforcement = new admission.ValidatingAdmissionPolicyBinding(
      name,
      {
        metadata: { name: "kovhernetes-flannel-own-node" },
        spec: { policyName: policy.metadata.name, validationActions: ["Deny"] },
      },
      parent,
    );
    const configuration = new core.ConfigMap(
      name,
      { metadata: { ...metadata, name: "kube-flannel-cfg" }, data: configurationFiles(args.podCidr) },
      parent,
    );
    const daemonSet = new apps.DaemonSet(
      name,
      {
        metadata: { ...metadata, name: flannelWorkload.name, labels, annotations: awaitedByReadiness },
        spec: daemonSetSpec(args, configuration),
      },
      { parent: this, dependsOn: [binding, enforcement] },
    );
    this.ready = daemonSet.id;
    this.registerOutputs();
  }
}

function configurationFiles(podCidr: string): Record<string, string> {
  return {
    "cni-conf.json": JSON.stringify({
      name: "cbr0",
      cniVersion: "1.0.0",
      plugins: [
        { type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    }),
    "net-conf.json": JSON.stringify({
      Network: podCidr,
      EnableIPv4: true,
      EnableNFTables: false,
      Backend: { Type: "vxlan", VNI: 1, Port: 8472 },
    }),
  };
}

function daemonSetSpec(args: FlannelArgs, configuration: core.ConfigMap): types.input.apps.v1.DaemonSetSpec {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const cniMount = { name: "cni", mountPath: "/etc/cni/net.d" };
  const configurationMount = { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" };
  return {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        priorityClassName: "system-node-critical",
        serviceAccountName: "flannel",
        tolerations: [{ operator: "Exists" }],
        initContainers: [
          {
            name: "install-cni-plugin",
            image: args.images.flannelCni,
            command: ["cp", "-f", "/flannel", "/opt/cni/bin/flannel"],
            volumeMounts: [{ name: "cni-plugin", mountPath: "/opt/cni/bin" }],
          },
          {
            name: "install-cni",
            image: args.images.flannel,
            command: ["cp", "-f", "/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist"],
            volumeMounts: [cniMount, configurationMount],
          },
        ],
        containers: [
          {
            name: "kube-flannel",
            image: args.images.flannel,
            command: ["/opt/bin/flanneld"],
            // With a second interface the default route is not on the host network: the node's own address decides.
            args: ["--ip-masq", "--kube-subnet-mgr", "--iface=$(NODE_ADDRESS)"],
            env: [
              field("POD_NAME", "metadata.name"),
              field("POD_NAMESPACE", "metadata.namespace"),
              field("NODE_ADDRESS", "status.hostIP"),
              { name: "EVENT_QUEUE_DEPTH", value: "5000" },
              { name: "KUBERNETES_SERVICE_HOST", value: args.apiAddress },
              { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
            ],
            resources: { requests: { cpu: "100m", memory: "50Mi" } },
            securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
            volumeMounts: [
              { name: "run", mountPath: "/run/flannel" },
              configurationMount,
              { name: "xtables-lock", mountPath: "/run/xtables.lock" },
            ],
          },
        ],
        volumes: [
          { name: "run", hostPath: { path: "/run/flannel", type: "DirectoryOrCreate" } },
          { name: "cni-plugin", hostPath: { path: "/opt/cni/bin", type: "DirectoryOrCreate" } },
          { name: "cni", hostPath: { path: "/etc/cni/net.d", type: "DirectoryOrCreate" } },
          { name: "flannel-cfg", configMap: { name: configuration.metadata.name } },
          { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
        ],
      },
    },
  };
}
