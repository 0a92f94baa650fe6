import type { types } from "@pulumi/kubernetes";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { clusterDns } from "../model/cluster-dns";
import type { Workload } from "../readiness/stages";
import { awaitedByReadiness } from "./awaiting";

export interface CoreDnsArgs {
  readonly clusterDomain: string;
  /** The address that kubelets give to pods as their resolver. */
  readonly dnsServiceAddress: string;
  readonly images: { readonly coredns: string };
  /** Number of machines that take its pods. */
  readonly dnsPlaces: number;
}

const { namespace } = clusterDns;
const labels = { [clusterDns.label]: clusterDns.value };

/** The Deployment of the DNS servers. */
export const dnsWorkload: Workload = { kind: "Deployment", namespace, name: "coredns" };

/** Where the DNS pods are found, for whoever asks them directly. */
export const dnsPods = { namespace, labels: `${clusterDns.label}=${clusterDns.value}` } as const;

/**
 * Cluster DNS: CoreDNS with a ServiceAccount that reads services and nothing else.
 * Follows upstream's manifest, https://github.com/coredns/deployment/blob/master/kubernetes/coredns.yaml.sed.
 */
export class CoreDns extends pulumi.ComponentResource {
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: CoreDnsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:addons:CoreDns", name, {}, options);
    const parent = { parent: this };
    const account = new core.ServiceAccount(name, { metadata: { name: "coredns", namespace } }, parent);
    const role = new rbac.ClusterRole(
      name,
      {
        metadata: { name: "system:coredns" },
        rules: [
          { apiGroups: [""], resources: ["services", "namespaces"], verbs: ["list", "watch"] },
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
        ],
      },
      parent,
    );
    const binding = new rbac.ClusterRoleBinding(
      name,
      {
        metadata: { name: "system:coredns" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      parent,
    );
    const configuration = new core.ConfigMap(
      name,
      { metadata: { name: "coredns", namespace }, data: { Corefile: corefile(args.clusterDomain) } },
      parent,
    );
    const deployment = new apps.Deployment(
      name,
      {
        metadata: { name: dnsWorkload.name, namespace, labels, annotations: awaitedByReadiness },
        spec: {
          replicas: 2,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec(args, configuration) },
        },
      },
      { parent: this, dependsOn: [binding] },
    );
    const service = new core.Service(
      name,
      {
        metadata: {
          name: "kube-dns",
          namespace,
          labels: { ...labels, "kubernetes.io/name": "CoreDNS" },
          annotations: awaitedByReadiness,
        },
        spec: {
          selector: labels,
          clusterIP: args.dnsServiceAddress,
          ports: [
            { name: "dns", port: 53, protocol: "UDP" },
            { name: "dns-tcp", port: 53, protocol: "TCP" },
          ],
        },
      },
      parent,
    );
    // Both pods may share a machine, and a drained one would take both at once.
    const budget = new policy.PodDisruptionBudget(
      name,
      {
        metadata: { name: dnsWorkload.name, namespace, labels },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
      },
      parent,
    );
    this.ready = pulumi.all([deployment.id, service.id, budget.id]).apply((ids) => ids.join());
    this.registerOutputs();
  }
}

/**
 * CoreDNS' settings: https://coredns.io/plugins/kubernetes/. A resolver of the machine that refuses is no answer as long as there is another one, and
 * what no resolver answers is logged with the last one asked, by which readiness tells it.
 */
export function corefile(clusterDomain: string): string {
  return `.:53 {
    errors
    metadata
    log . "{/forward/upstream} said {rcode} to {name} {type}" {
        class error
    }
    health {
        lameduck 5s
    }
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    forward . /etc/resolv.conf {
        max_concurrent 1000
        failover REFUSED SERVFAIL
    }
    cache 30
    loop
    reload
    loadbalance
}
`;
}

/**
 * Where the pods go, when there are machines enough: each to one of its own. The second waits for a second machine, also where the master is Ready
 * before any node is, and where the other one is being replaced: two that have come to the same machine stay there. Pods of a newer template are
 * counted apart, or they would be spread against those that they replace.
 */
const spread: types.input.core.v1.TopologySpreadConstraint = {
  topologyKey: "kubernetes.io/hostname",
  maxSkew: 1,
  minDomains: 2,
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: labels },
  matchLabelKeys: ["pod-template-hash"],
  // A pool whose taints keep the pods away is no place for them.
  nodeTaintsPolicy: "Honor",
};

function podSpec({ images, dnsPlaces }: CoreDnsArgs, configuration: core.ConfigMap): types.input.core.v1.PodSpec {
  return {
    serviceAccountName: "coredns",
    priorityClassName: "system-cluster-critical",
    tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
          },
        ],
      },
    },
    ...(dnsPlaces > 1 ? { topologySpreadConstraints: [spread] } : {}),
    // The node's own resolvers: the cluster's would be this very pod.
    dnsPolicy: "Default",
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "coredns",
        image: images.coredns,
        args: ["-conf", "/etc/coredns/Corefile"],
        resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
        ports: [
          { name: "dns", containerPort: 53, protocol: "UDP" },
          { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
        ],
        livenessProbe: {
          httpGet: { path: "/health", port: 8080, scheme: "HTTP" },
          initialDelaySeconds: 60,
          timeoutSeconds: 5,
          successThreshold: 1,
          failureThreshold: 5,
        },
        readinessProbe: { httpGet: { path: "/ready", port: 8181, scheme: "HTTP" }, timeoutSeconds: 5 },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
          readOnlyRootFilesystem: true,
        },
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
      },
    ],
    volumes: [{ name: "config", configMap: { name: configuration.metadata.name } }],
  };
}
