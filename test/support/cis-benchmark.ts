import { parse } from "yaml";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "./user-data";

/** What a control looks at: a rendered master under RBAC. */
export interface Rendered {
  /** Value of a daemon's flag, or `undefined`. */
  readonly flag: (daemon: string, name: string) => string | undefined;
  /** Configuration files. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  readonly scheduler: Readonly<Record<string, unknown>>;
  /** User of etcd's unit, when it has one of its own. */
  readonly etcdUser: string | undefined;
  /** Permissions of a file, or `undefined`. */
  readonly mode: (path: string) => string | undefined;
  /** Owners of all files. */
  readonly owners: ReadonlySet<string>;
}

/**
 * A check of the CIS Kubernetes Benchmark, version 1.10, for master, etcd or node: all that it calls automated, by the numbers that
 * kube-bench gives them (cfg/cis-1.10), and of its manual ones those that can be told from user data.
 */
export interface Control {
  readonly id: string;
  readonly title: string;
  readonly holds: (rendered: Rendered) => boolean;
  /** Why it does not hold, and cannot or need not; absent where it has to hold. */
  readonly reason?: string;
}

/** Reads a machine's user data. */
export function readRendered(text: string): Rendered {
  const units = renderedUnits(text);
  const { files } = parseUserData(text);
  const flags = (daemon: string): ReadonlyMap<string, string> => {
    const directives = unitDirectives(units.get(`${daemon}.service`) ?? "", "Service");
    const [, ...words] = splitCommand(directives.find(([name]) => name === "ExecStart")?.[1] ?? "");
    return new Map(words.map((word) => [word.slice(2, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] as const));
  };
  const configuration = (component: string): Record<string, unknown> =>
    parse(files.get(`/etc/kubernetes/${component}.yaml`)?.content ?? "") as Record<string, unknown>;
  return {
    flag: (daemon, name) => flags(daemon).get(name),
    kubelet: configuration("kubelet"),
    scheduler: configuration("kube-scheduler"),
    etcdUser: unitDirectives(units.get("etcd.service") ?? "", "Service").find(([name]) => name === "User")?.[1],
    mode: (path) => files.get(path)?.mode,
    owners: new Set([...files.values()].map(({ owner }) => owner)),
  };
}

type Test = (value: string | undefined) => boolean;
const absent: Test = (value) => value === undefined;
const given: Test = (value) => value !== undefined && value !== "";
const is =
  (...wanted: readonly string[]): Test =>
  (value) =>
    value !== undefined && wanted.includes(value);
const isNot =
  (word: string): Test =>
  (value) =>
    value?.split(",").includes(word) !== true;
const includes =
  (word: string): Test =>
  (value) =>
    value?.split(",").includes(word) === true;
const atLeast =
  (number: number): Test =>
  (value) =>
    Number(value) >= number;

const flag =
  (daemon: string, name: string, test: Test): Control["holds"] =>
  ({ flag: valueOf }) =>
    test(valueOf(daemon, name));
const both =
  (...checks: readonly Control["holds"][]): Control["holds"] =>
  (rendered) =>
    checks.every((check) => check(rendered));
const file =
  (path: string, ...modes: readonly string[]): Control["holds"] =>
  ({ mode }) =>
    is(...modes)(mode(path));
const kubelet =
  (path: string, test: (value: unknown) => boolean): Control["holds"] =>
  (rendered) =>
    test(
      path
        .split(".")
        .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], rendered.kubelet),
    );

const api = (name: string, test: Test) => flag("kube-apiserver", name, test);
const manager = (name: string, test: Test) => flag("kube-controller-manager", name, test);
const scheduler = (name: string, test: Test) => flag("kube-scheduler", name, test);
const etcd = (name: string, test: Test) => flag("etcd", name, test);

const pki = "/etc/kubernetes/pki";
const noStaticPods = "there are no static pods: units of systemd, files of root's with mode 0644, which hold no secret";

export const controls: readonly Control[] = [
  {
    id: "1.1.1–8",
    title: "Permissions of static pods' manifests",
    holds: ({ mode }) => mode("/etc/kubernetes/manifests") !== undefined,
    reason: noStaticPods,
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
    title: "The administrator's kubeconfig is root's with mode 0600: no machine has one",
    holds: ({ mode }) =>
      ["admin.conf", "super-admin.conf"].every((name) => mode(`/etc/kubernetes/${name}`) === undefined),
  },
  {
    id: "1.1.16, 18, 19, 4.1.2, 6, 10",
    title: "Keys, certificates, units and configuration are root's",
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
  { id: "1.1.20", title: "Certificates are 0644 or stricter", holds: file(`${pki}/apiserver.crt`, "0644", "0600") },
  {
    id: "1.1.21",
    title: "Keys are 0600",
    holds: both(
      file(`${pki}/apiserver.key`, "0600"),
      file(`${pki}/ca-signing.key`, "0600"),
      file("/etc/etcd/pki/server.key", "0600"),
    ),
  },
  { id: "1.2.2", title: "No static tokens", holds: api("token-auth-file", absent) },
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
  { id: "1.2.10", title: "No AlwaysAdmit", holds: api("enable-admission-plugins", isNot("AlwaysAdmit")) },
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
    id: "1.2.30",
    title: "ServiceAccount tokens are not extended",
    holds: api("service-account-extend-token-expiration", is("false")),
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
    title: "Kubelets' server certificates rotate by themselves",
    holds: manager("feature-gates", includes("RotateKubeletServerCertificate=true")),
    reason:
      "they are issued with the stack's other certificates, since upstream approves no kubelet's request for one by itself",
  },
  { id: "1.3.7", title: "The controller manager listens on loopback", holds: manager("bind-address", is("127.0.0.1")) },
  {
    id: "1.4.1",
    title: "No profiling by the scheduler",
    holds: (rendered) => rendered.scheduler["enableProfiling"] === false,
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
    id: "4.1.1, 9",
    title: "The kubelet's unit and configuration are 0600",
    holds: both(file("/etc/systemd/system/kubelet.service", "0600"), file("/etc/kubernetes/kubelet.yaml", "0600")),
    reason: "they are root's with mode 0644 and hold no secret; systemd warns of units that others cannot read",
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
    title: "The kubelet rotates its server certificate",
    holds: kubelet("serverTLSBootstrap", (value) => value === true),
    reason: "as 1.3.6",
  },
  {
    id: "4.2.12",
    title: "Strong suites only",
    holds: kubelet(
      "tlsCipherSuites",
      (value) => Array.isArray(value) && value.every((suite) => /_GCM_|CHACHA20/.test(String(suite))),
    ),
  },
  {
    id: "4.2.13",
    title: "Pods' processes are limited",
    holds: kubelet("podPidsLimit", (value) => typeof value === "number" && value > 0),
  },
  {
    id: "4.3.1",
    title: "kube-proxy's metrics are on loopback",
    holds: flag("kube-proxy", "metrics-bind-address", is("127.0.0.1:10249")),
  },
];
