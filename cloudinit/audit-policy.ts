const readVerbs = ["get", "list", "watch"];

/** What lets a client act inside pods and machines. A WebSocket begins with a GET, so that exec has the verb of reading. */
const intoPods = [
  ...["pods/exec", "pods/attach", "pods/portforward"],
  ...["pods/proxy", "services/proxy", "nodes/proxy"],
];

/**
 * Who did what to which object, without bodies (they may hold secrets), and without the components' constant reading.
 * The first rule that matches counts: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "Metadata", resources: [{ group: "", resources: intoPods }] },
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*"] },
    {
      level: "None",
      resources: [
        { group: "", resources: ["events"] },
        { group: "events.k8s.io", resources: ["events"] },
      ],
    },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    {
      level: "Metadata",
      resources: [
        { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
        { group: "authentication.k8s.io", resources: ["tokenreviews"] },
      ],
    },
    { level: "None", userGroups: ["system:nodes"], verbs: readVerbs },
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"],
      verbs: readVerbs,
    },
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"], verbs: readVerbs },
    {
      level: "None",
      userGroups: ["system:nodes"],
      verbs: ["patch", "update"],
      resources: [{ group: "", resources: ["nodes/status", "pods/status"] }],
    },
    { level: "Metadata" },
  ],
} as const;
