/** What an argument of the API server may be. */
export type ApiServerArgument =
  | { readonly kind: "integer"; readonly least: number; readonly most: number }
  /** Seconds, for a text such as `30s` or `1h30m`. */
  | { readonly kind: "duration"; readonly least: number; readonly most: number }
  | { readonly kind: "fraction"; readonly most: number }
  | { readonly kind: "flag" };

const integer = (least: number, most: number): ApiServerArgument => ({ kind: "integer", least, most });
const duration = (least: number, most: number): ApiServerArgument => ({ kind: "duration", least, most });

const day = 86_400;

/**
 * Arguments of the API server that a cluster may set: they weigh one load against another, and none decides who may do what, where data is, what is
 * recorded of requests, or which APIs there are. https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
 * A test asks the real API server whether it knows each, and starts it with all of them.
 */
export const apiServerArguments: Readonly<Record<string, ApiServerArgument>> = {
  // Less, and the cluster's own components starve each other.
  "max-requests-inflight": integer(100, 100_000),
  "max-mutating-requests-inflight": integer(50, 50_000),
  "min-request-timeout": integer(300, day),
  "request-timeout": duration(30, 3600),
  "http2-max-streams-per-connection": integer(100, 100_000),
  "goaway-chance": { kind: "fraction", most: 0.02 },
  "event-ttl": duration(300, 7 * day),
  "delete-collection-workers": integer(1, 100),
  "default-not-ready-toleration-seconds": integer(0, day),
  "default-unreachable-toleration-seconds": integer(0, day),
  "kubelet-timeout": duration(5, 60),
  "enable-aggregator-routing": { kind: "flag" },
  "aggregator-reject-forwarding-redirect": { kind: "flag" },
  // No less than the program's own: what is recorded of requests is for those who look later.
  "audit-log-maxage": integer(30, 3650),
  "audit-log-maxbackup": integer(10, 1000),
  // Bodies of requests, and Secrets among them, are logged from 8 on.
  v: integer(0, 4),
};

const securePage = "docs/security.md says what the program promises";

/** Why others are refused: those that the program sets, and those that people ask for. */
export const refusedArguments: readonly { readonly names: RegExp; readonly reason: string; readonly remedy: string }[] =
  [
    {
      names: /^(authorization-|anonymous-auth$)/,
      reason: "decides who may do what",
      remedy: "use the key authorization",
    },
    {
      names: /^(oidc-|authentication-|token-auth-file$|client-ca-file$|requestheader-|enable-bootstrap-token-auth$)/,
      reason: "decides who a client is",
      remedy: "use the key oidc for people, or the kubeconfig",
    },
    { names: /^service-account-/, reason: "decides whom the tokens of pods are for", remedy: "remove it" },
    {
      names: /^(tls-|strict-transport|cors-)/,
      reason: "decides how clients are spoken to",
      remedy: `remove it; ${securePage}`,
    },
    {
      names: /^(etcd-|encryption-|storage-)/,
      reason: "decides where and how the cluster's data is kept",
      remedy: `remove it; ${securePage}`,
    },
    {
      names: /^audit-/,
      reason: "could end the record of requests",
      remedy: "set audit-log-maxage or audit-log-maxbackup",
    },
    {
      names: /^(admission-|enable-admission-|disable-admission-)/,
      reason: "decides what admission refuses",
      remedy: "use podSecurity and serviceExternalIps",
    },
    {
      names: /^(feature-gates|runtime-config|emulated-version|min-compatibility-version|emulation-forward-compatible)$/,
      reason: "goes with a release: an API server that no longer knows what it names does not start after an upgrade",
      remedy: "remove it",
    },
    {
      names:
        /^(service-node-port-range|service-cluster-ip-range|bind-address|advertise-address|secure-port|kubernetes-service-node-port)$/,
      reason: "has to agree with the network and its security groups",
      remedy: "remove it",
    },
    {
      names: /^(profiling|contention-profiling|debug-socket-path|enable-logs-handler)$/,
      reason: "opens a door for debugging",
      remedy: `remove it; ${securePage}`,
    },
  ];
