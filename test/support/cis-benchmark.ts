import {
  absent,
  atLeast,
  both,
  file,
  flag,
  given,
  includes,
  is,
  isNot,
  kubelet,
  type Check,
  type Test,
} from "./cis-rendered";

/**
 * A check of the CIS Kubernetes Benchmark 1.12 for master, etcd, control plane or node, automated or manual, by the numbers that
 * kube-bench gives them (cfg/cis-1.12 of https://github.com/aquasecurity/kube-bench).
 */
export interface Control {
  readonly id: string;
  readonly title: string;
  readonly holds: Check;
  /** Why it does not hold, and cannot or need not; absent where it has to hold. */
  readonly reason?: string;
  /** Of one that holds: how, where the benchmark's program does not see it or asks for less than the title says. */
  readonly note?: string;
}

const api = (name: string, test: Test) => flag("kube-apiserver", name, test);
const manager = (name: string, test: Test) => flag("kube-controller-manager", name, test);
const scheduler = (name: string, test: Test) => flag("kube-scheduler", name, test);
const etcd = (name: string, test: Test) => flag("etcd", name, test);
/** The same suites have two names: Go took the shorter one of ChaCha20 for a synonym. */
const strong = (suites: readonly string[]): boolean =>
  suites.length > 0 &&
  suites.every((suite) => /^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_\d+_GCM|CHACHA20_POLY1305)/.test(suite));

const pki = "/etc/kubernetes/pki";
const noStaticPods = "there are no static pods: units of systemd, files of root's with mode 0644, which hold no secret";

const auditedRequests = [
  ...["secrets", "configmaps"].flatMap((resource) =>
    ["get", "list", "create", "update", "delete"].map((verb) => ({ verb, group: "", resource })),
  ),
  { verb: "create", group: "authentication.k8s.io", resource: "tokenreviews" },
  ...["create", "update", "patch", "delete"].flatMap((verb) => [
    { verb, group: "", resource: "pods" },
    { verb, group: "apps", resource: "deployments" },
  ]),
  ...["pods/exec", "pods/portforward", "pods/proxy", "services/proxy"].flatMap((resource) =>
    ["get", "create"].map((verb) => ({ verb, group: "", resource })),
  ),
];

export const controls: readonly Control[] = [
  {
    id: "1.1.1–8",
    title: "Permissions of static pods' manifests",
    holds: ({ mode }) => mode("/etc/kubernetes/manifests") !== undefined,
    reason: noStaticPods,
  },
  {
    id: "1.1.9",
    title: "Network configuration of pods is 0600",
    holds: () => false,
    reason:
      "flannel's file and the CNI plugins' notes of addresses are 0644, as their programs write them: addresses, no secret",
  },
  {
    id: "1.1.11",
    title: "etcd's data directory is 0700",
    // etcd makes it so by itself; test/cluster/security.ts looks at the running machine.
    holds: etcd("data-dir", is("/var/lib/etcd/data")),
  },
  {
    id: "1.1.12",
    title: "etcd's data directory is a user's own",
    holds: ({ etcdUser }) => etcdUser !== undefined,
    reason: "etcd runs as root, as the API server does that holds its keys",
  },
  {
    id: "1.1.13–14",
    title: "The administrator's kubeconfig is root's with mode 0600",
    holds: ({ mode }) =>
      ["admin.conf", "super-admin.conf"].every((name) => mode(`/etc/kubernetes/${name}`) === undefined),
    note: "no machine has one; the benchmark's program counts that as failed",
  },
  {
    id: "1.1.10, 16, 18, 19, 4.1.2, 4, 6, 8, 10",
    title: "Keys, certificates, units, configuration and kubeconfigs are root's",
    holds: ({ owners }) => [...owners].join() === "root:root",
  },
  {
    id: "1.1.15, 17",
    title: "Kubeconfigs of scheduler and controller manager are 0600",
    holds: both(
      file("/etc/kubernetes/kube-scheduler.kubeconfig", "0600"),
      file("/etc/kubernetes/kube-controller-manager.kubeconfig", "0600"),
    ),
  },
  {
    id: "1.1.20",
    title: "Certificates are 0644 or stricter",
    holds: ({ modes }) => [...modes(pki, ".crt")].join() === "0644",
  },
  {
    id: "1.1.21",
    title: "Keys are 0600",
    holds: ({ modes }) => [pki, "/etc/etcd/pki"].every((directory) => [...modes(directory, ".key")].join() === "0600"),
  },
  { id: "1.2.1", title: "The API server refuses the anonymous", holds: api("anonymous-auth", is("false")) },
  { id: "1.2.2", title: "No static tokens", holds: api("token-auth-file", absent) },
  {
    id: "1.2.3",
    title: "Services have no external addresses",
    holds: api("enable-admission-plugins", includes("DenyServiceExternalIPs")),
    note: "unless `serviceExternalIps` is set",
  },
  {
    id: "1.2.4",
    title: "The API server shows kubelets a certificate",
    holds: both(api("kubelet-client-certificate", given), api("kubelet-client-key", given)),
  },
  {
    id: "1.2.5",
    title: "The API server checks kubelets' certificates",
    holds: api("kubelet-certificate-authority", given),
  },
  { id: "1.2.6", title: "Authorization is not AlwaysAllow", holds: api("authorization-mode", isNot("AlwaysAllow")) },
  { id: "1.2.7", title: "Authorization includes Node", holds: api("authorization-mode", includes("Node")) },
  { id: "1.2.8", title: "Authorization includes RBAC", holds: api("authorization-mode", includes("RBAC")) },
  {
    id: "1.2.9",
    title: "EventRateLimit admission is on",
    holds: api("enable-admission-plugins", includes("EventRateLimit")),
    reason:
      "it is alpha upstream; one client's events are held back by API Priority and Fairness, which is on, and they end after an hour",
  },
  { id: "1.2.10", title: "No AlwaysAdmit", holds: api("enable-admission-plugins", isNot("AlwaysAdmit")) },
  {
    id: "1.2.11",
    title: "AlwaysPullImages admission is on",
    holds: api("enable-admission-plugins", includes("AlwaysPullImages")),
    reason:
      "with it no pod starts while a registry is away; that pods get no image by another one's credentials is seen to by the kubelet (`imagePullCredentialsVerificationPolicy`)",
  },
  {
    id: "1.2.12",
    title: "ServiceAccount admission is on",
    holds: api("disable-admission-plugins", isNot("ServiceAccount")),
  },
  {
    id: "1.2.13",
    title: "NamespaceLifecycle admission is on",
    holds: api("disable-admission-plugins", isNot("NamespaceLifecycle")),
  },
  {
    id: "1.2.14",
    title: "NodeRestriction admission is on",
    holds: api("enable-admission-plugins", includes("NodeRestriction")),
  },
  { id: "1.2.15", title: "No profiling by the API server", holds: api("profiling", is("false")) },
  { id: "1.2.16", title: "Audit log", holds: both(api("audit-log-path", given), api("audit-policy-file", given)) },
  { id: "1.2.17", title: "Audit log is kept 30 days", holds: api("audit-log-maxage", atLeast(30)) },
  { id: "1.2.18", title: "Ten audit logs are kept", holds: api("audit-log-maxbackup", atLeast(10)) },
  { id: "1.2.19", title: "An audit log grows to 100 MB", holds: api("audit-log-maxsize", atLeast(100)) },
  {
    id: "1.2.20",
    title: "Requests end in time",
    holds: api("request-timeout", absent),
    note: "upstream's minute; longer ones would let slow clients hold the API server",
  },
  {
    id: "1.2.21",
    title: "Deleted ServiceAccounts' tokens are refused",
    holds: api("service-account-lookup", (value) => value !== "false"),
  },
  {
    id: "1.2.22",
    title: "ServiceAccount tokens have a key of their own",
    holds: api("service-account-key-file", given),
  },
  {
    id: "1.2.23",
    title: "The API server shows etcd a certificate",
    holds: both(api("etcd-certfile", given), api("etcd-keyfile", given)),
  },
  {
    id: "1.2.24",
    title: "The API server speaks TLS",
    holds: both(api("tls-cert-file", given), api("tls-private-key-file", given)),
  },
  { id: "1.2.25", title: "The API server knows clients by an authority", holds: api("client-ca-file", given) },
  { id: "1.2.26", title: "The API server checks etcd's certificate", holds: api("etcd-cafile", given) },
  {
    id: "1.2.27",
    title: "Secrets are encrypted at rest",
    holds: api("encryption-provider-config", given),
  },
  {
    id: "1.2.28",
    title: "By aescbc, kms or secretbox",
    holds: ({ texts }) => texts.some((text) => /resources: \[secrets\]\n\s+providers:\n\s+- secretbox:/.test(text)),
  },
  {
    id: "1.2.29",
    title: "The API server has strong suites only",
    holds: api("tls-cipher-suites", (value) => strong(value?.split(",") ?? [])),
  },
  {
    id: "1.2.30",
    title: "ServiceAccount tokens are not extended",
    holds: api("service-account-extend-token-expiration", is("false")),
  },
  {
    id: "1.3.1",
    title: "Pods that have ended are removed in time",
    holds: manager("terminated-pod-gc-threshold", is("1000")),
    note: "the oldest beyond 1,000; upstream's 12,500 would fill the etcd of a small volume",
  },
  { id: "1.3.2", title: "No profiling by the controller manager", holds: manager("profiling", is("false")) },
  {
    id: "1.3.3",
    title: "Each controller has an account of its own",
    holds: manager("use-service-account-credentials", is("true")),
  },
  {
    id: "1.3.4",
    title: "Tokens are signed by a key of their own",
    holds: manager("service-account-private-key-file", given),
  },
  { id: "1.3.5", title: "Pods get the authority's certificate", holds: manager("root-ca-file", given) },
  {
    id: "1.3.6",
    title: "RotateKubeletServerCertificate is not turned off",
    holds: manager("feature-gates", absent),
    note: "but kubelets ask for no certificate: theirs are issued with the stack's others, since upstream approves no such request by itself",
  },
  { id: "1.3.7", title: "The controller manager listens on loopback", holds: manager("bind-address", is("127.0.0.1")) },
  {
    id: "1.4.1",
    title: "No profiling by the scheduler",
    holds: (rendered) => rendered.scheduler["enableProfiling"] === false,
    note: "in its configuration; the benchmark's program looks at its flags alone and counts that as failed",
  },
  { id: "1.4.2", title: "The scheduler listens on loopback", holds: scheduler("bind-address", is("127.0.0.1")) },
  { id: "2.1", title: "etcd speaks TLS to clients", holds: both(etcd("cert-file", given), etcd("key-file", given)) },
  { id: "2.2", title: "etcd asks clients for a certificate", holds: etcd("client-cert-auth", is("true")) },
  {
    id: "2.3",
    title: "etcd makes itself no certificate for clients",
    holds: etcd("auto-tls", (value) => value !== "true"),
  },
  {
    id: "2.4",
    title: "etcd speaks TLS to peers",
    holds: both(etcd("peer-cert-file", given), etcd("peer-key-file", given)),
  },
  { id: "2.5", title: "etcd asks peers for a certificate", holds: etcd("peer-client-cert-auth", is("true")) },
  {
    id: "2.6",
    title: "etcd makes itself no certificate for peers",
    holds: etcd("peer-auto-tls", (value) => value !== "true"),
  },
  {
    id: "2.7",
    title: "etcd has an authority of its own",
    holds: ({ flag: valueOf }) =>
      valueOf("etcd", "trusted-ca-file") === "/etc/etcd/pki/ca.crt" &&
      valueOf("kube-apiserver", "client-ca-file") === `${pki}/ca.crt`,
  },
  {
    id: "3.1.1",
    title: "People do not log in by client certificates",
    holds: api("oidc-issuer-url", given),
    reason:
      "the stack's two kubeconfigs are certificates, for the administrator of the whole cluster, and end after a year or as set; other people's logins are yours to bring (`authorization: Webhook`, or a proxy that signs them in)",
  },
  {
    id: "3.1.2",
    title: "People do not log in by ServiceAccounts' tokens",
    holds: ({ texts }) => texts.every((text) => !/^\s*token: /m.test(text)),
    note: "the program makes none",
  },
  {
    id: "3.1.3",
    title: "People do not log in by bootstrap tokens",
    holds: api("enable-bootstrap-token-auth", absent),
  },
  { id: "3.2.1", title: "Audit policy", holds: api("audit-policy-file", given) },
  {
    id: "3.2.2",
    title: "The audit policy covers what matters",
    // Bodies would hold secrets: metadata, no more and no less.
    holds: ({ audited }) => auditedRequests.every((request) => audited(request) === "Metadata"),
  },
  {
    id: "4.1.1",
    title: "The kubelet's unit is 0600",
    holds: file("/etc/systemd/system/kubelet.service", "0600"),
    reason: "it is root's with mode 0644 and holds no secret; systemd warns of units that others cannot read",
  },
  {
    id: "4.1.9",
    title: "The kubelet's configuration is 0600",
    holds: file("/etc/kubernetes/kubelet.yaml", "0600"),
  },
  {
    id: "4.1.3, 5",
    title: "Kubeconfigs of kubelet and kube-proxy are 0600",
    holds: both(
      file("/etc/kubernetes/kubelet.kubeconfig", "0600"),
      file("/etc/kubernetes/kube-proxy.kubeconfig", "0600"),
    ),
  },
  {
    id: "4.1.7",
    title: "The authority's certificate is 0644 or stricter",
    holds: file(`${pki}/ca.crt`, "0644", "0600"),
  },
  {
    id: "4.2.1",
    title: "The kubelet refuses the anonymous",
    holds: kubelet("authentication.anonymous.enabled", (value) => value === false),
  },
  {
    id: "4.2.2",
    title: "The kubelet's authorization is not AlwaysAllow",
    holds: kubelet("authorization.mode", (value) => value === "Webhook"),
  },
  {
    id: "4.2.3",
    title: "The kubelet knows clients by an authority",
    holds: kubelet("authentication.x509.clientCAFile", (value) => value === `${pki}/ca.crt`),
  },
  { id: "4.2.4", title: "No read-only port", holds: kubelet("readOnlyPort", (value) => value === 0) },
  {
    id: "4.2.5",
    title: "Idle streams end",
    holds: kubelet("streamingConnectionIdleTimeout", (value) => value !== 0 && value !== "0"),
  },
  {
    id: "4.2.6",
    title: "The kubelet keeps its iptables chains",
    holds: kubelet("makeIPTablesUtilChains", (value) => value !== false),
  },
  {
    id: "4.2.7",
    title: "The kubelet takes the machine's own name",
    holds: flag("kubelet", "hostname-override", absent),
    reason:
      "it is told the name that its certificate holds, which is the machine's; images that make a longer one of it do no harm",
  },
  {
    id: "4.2.8",
    title: "The kubelet's events are not cut short",
    holds: kubelet("eventRecordQPS", (value) => value === undefined),
    note: "upstream's 50 a second",
  },
  {
    id: "4.2.9",
    title: "The kubelet has a certificate of the cluster's",
    holds: both(
      kubelet("tlsCertFile", (value) => typeof value === "string"),
      kubelet("tlsPrivateKeyFile", (value) => typeof value === "string"),
    ),
  },
  {
    id: "4.2.10",
    title: "The kubelet rotates its client certificate",
    holds: kubelet("rotateCertificates", (value) => value !== false),
    reason:
      "it is issued with the stack's other certificates, ahead of its end, and comes with the machine's next generation",
  },
  {
    id: "4.2.11",
    title: "RotateKubeletServerCertificate is not turned off",
    holds: kubelet("featureGates", (value) => value === undefined),
    note: "as 1.3.6",
  },
  {
    id: "4.2.12",
    title: "Strong suites only",
    holds: kubelet("tlsCipherSuites", (value) => Array.isArray(value) && strong(value.map(String))),
    note: "the two of ChaCha20 by Go's newer names, which the benchmark's program does not know",
  },
  {
    id: "4.2.13",
    title: "Pods' processes are limited",
    holds: kubelet("podPidsLimit", (value) => typeof value === "number" && value > 0),
  },
  {
    id: "4.2.14",
    title: "Pods have a seccomp profile by default",
    holds: kubelet("seccompDefault", (value) => value === true),
  },
  {
    id: "4.3.1",
    title: "kube-proxy's metrics are on loopback",
    holds: flag("kube-proxy", "metrics-bind-address", is("127.0.0.1:10249")),
  },
];
