import type { Machine } from "../shared/machine.ts";

/** A key pair on a machine: paths without `.crt` and `.key`. Those that `strangers.ts` makes begin with `made:`. */
export type KeyPairPath = string;

/** How a client presents itself. */
export type Attempt =
  | "right identity"
  | "no certificate"
  | "certificate of another authority"
  | "certificate of a stranger's authority"
  | "expired certificate"
  | "server's certificate as client"
  | "another host name"
  | "in clear"
  | "TLS 1.3"
  | "TLS 1.1"
  | "TLS 1.2 without authenticated encryption"
  | "right certificate, wrong role";

/** One connection of the matrix, tried in one way. */
export interface Probe {
  readonly id: string;
  readonly client: string;
  readonly server: string;
  readonly attempt: Attempt;
  /** Machine that tries it. */
  readonly from: string;
  readonly url: string;
  /** Path of the authority by which the client knows the server. */
  readonly authority: string;
  readonly identity?: KeyPairPath;
  /** Name by which the server is asked for in place of its own. */
  readonly claimedHost?: string;
  /** Further arguments of curl: which protocol and suites the client offers. */
  readonly offers?: readonly string[];
  readonly expected: "accepted" | "refused";
}

export interface MatrixArgs {
  readonly machines: readonly Machine[];
  /** Whether roles count: under `AlwaysAllow` every identity of the cluster may do everything. */
  readonly authorization: string;
  /** Whether expired certificates can be made, which takes the authorities' keys. */
  readonly withExpired: boolean;
}

const pki = "/etc/kubernetes/pki";
const etcdPki = "/etc/etcd/pki";

/** A server of the matrix, and the pair of each kind that knocks at it. */
interface Server {
  readonly name: string;
  readonly url: string;
  readonly authority: "kubernetes" | "etcd";
  readonly right: { readonly client: string; readonly identity: KeyPairPath };
  /** Of an authority of ours that this server must not trust. */
  readonly otherAuthority: KeyPairPath;
  readonly ownCertificate: KeyPairPath;
}

const kubernetes = { authority: "kubernetes", otherAuthority: `${etcdPki}/health-client` } as const;
const etcd = { authority: "etcd", otherAuthority: `${pki}/apiserver-kubelet-client` } as const;

/** What of a master is called as it is of a single one, and by its name where there are several. */
type Naming = (what: string, master: Machine) => string;

function peersOf(master: Machine, naming: Naming): Server {
  return {
    ...etcd,
    name: naming("etcd (peers)", master),
    url: `https://${master.address}:2380/members`,
    right: { client: "etcd", identity: `${etcdPki}/peer` },
    ownCertificate: `${etcdPki}/server`,
  };
}

function kubeletOf(machine: Machine): Server {
  return {
    ...kubernetes,
    name: `kubelet of ${machine.name}`,
    url: `https://${machine.address}:10250/healthz`,
    right: { client: "kube-apiserver", identity: `${pki}/apiserver-kubelet-client` },
    ownCertificate: `${pki}/kubelet-server`,
  };
}

/** @param kubelets machines at whose kubelets this master knocks in every wrong way, too */
function serversOf(master: Machine, kubelets: readonly Machine[], naming: Naming): readonly Server[] {
  return [
    {
      ...kubernetes,
      name: naming("kube-apiserver", master),
      url: `https://${master.address}:6443/version`,
      right: { client: `kubelet of ${master.name}`, identity: `${pki}/kubelet` },
      ownCertificate: `${pki}/apiserver`,
    },
    ...kubelets.map(kubeletOf),
    {
      ...etcd,
      name: naming("etcd", master),
      url: "https://127.0.0.1:2379/version",
      right: { client: "kube-apiserver", identity: `${pki}/apiserver-etcd-client` },
      ownCertificate: `${etcdPki}/server`,
    },
    peersOf(master, naming),
  ];
}

/** What a master is the right client of, and the first one has knocked at in every wrong way, or its own master. */
function rightClient(master: Machine, { name, url, right, authority }: Server): Probe {
  return {
    id: `${name}: right identity of ${master.name}`,
    client: `${right.client} of ${master.name}`,
    server: name,
    attempt: "right identity",
    from: master.name,
    url,
    authority: authorityPath(authority),
    identity: right.identity,
    expected: "accepted",
  };
}

/** Path of an authority's certificate on a master. */
function authorityPath(authority: Server["authority"]): string {
  return authority === "etcd" ? `${etcdPki}/ca.crt` : `${pki}/ca.crt`;
}

function knocks(master: Machine, server: Server, withExpired: boolean): Probe[] {
  const { name, url, right } = server;
  const common = {
    client: right.client,
    server: name,
    from: master.name,
    url,
    authority: authorityPath(server.authority),
  };
  const probe =
    (expected: Probe["expected"]) =>
    (attempt: Attempt, how: Partial<Probe>): Probe => ({
      ...common,
      ...how,
      id: `${name}: ${attempt}`,
      attempt,
      expected,
    });
  const [accepted, refused] = [probe("accepted"), probe("refused")];
  return [
    accepted("right identity", { identity: right.identity }),
    accepted("TLS 1.3", { identity: right.identity, offers: ["--tlsv1.3"] }),
    // The level of 0 is for the client, whose own library would not offer these any more.
    refused("TLS 1.1", { identity: right.identity, offers: ["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"] }),
    refused("TLS 1.2 without authenticated encryption", {
      identity: right.identity,
      offers: ["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA@SECLEVEL=0"],
    }),
    refused("no certificate", {}),
    refused("certificate of another authority", { identity: server.otherAuthority }),
    refused("certificate of a stranger's authority", { identity: "made:stranger" }),
    ...(withExpired ? [refused("expired certificate", { identity: `made:expired-${server.authority}` })] : []),
    refused("server's certificate as client", { identity: server.ownCertificate }),
    refused("another host name", { identity: right.identity, claimedHost: "elsewhere.invalid" }),
    refused("in clear", { url: url.replace("https:", "http:") }),
  ];
}

/** Clients of a master's API server beside its own kubelet, each from the machine that holds its key. */
function apiClients(master: Machine, machines: readonly Machine[], naming: Naming): Probe[] {
  const server = naming("kube-apiserver", master);
  const clients = machines.flatMap((machine) => [
    ...(machine === master ? [] : [{ machine, client: `kubelet of ${machine.name}`, identity: "kubelet" }]),
    { machine, client: `kube-proxy of ${machine.name}`, identity: "kube-proxy" },
  ]);
  return [
    ...clients,
    { machine: master, client: "kube-scheduler", identity: "kube-scheduler" },
    { machine: master, client: "kube-controller-manager", identity: "kube-controller-manager" },
  ].map(({ machine, client, identity }) => ({
    id: `${server}: ${client}`,
    client,
    server,
    attempt: "right identity",
    from: machine.name,
    url: `https://${master.address}:6443/version`,
    authority: authorityPath("kubernetes"),
    identity: `${pki}/${identity}`,
    expected: "accepted",
  }));
}

/** Identities of the cluster at doors that are not theirs. */
function wrongRoles(master: Machine, kubelets: readonly Machine[], authorization: string, naming: Naming): Probe[] {
  const url = `https://${master.address}:6443/api/v1/namespaces/kube-system/secrets`;
  const secrets = { server: naming("kube-apiserver (Secrets)", master), url };
  const attempts = [
    { client: `kubelet of ${master.name}`, identity: "kubelet", ...secrets },
    { client: "kube-scheduler", identity: "kube-scheduler", ...secrets },
    { client: "kube-proxy", identity: "kube-proxy", ...secrets },
    ...kubelets.map(({ name, address }) => ({
      client: "kube-proxy",
      identity: "kube-proxy",
      server: `kubelet of ${name}`,
      url: `https://${address}:10250/pods`,
    })),
  ];
  return attempts.map(({ client, identity, server, url }) => ({
    id: `${server}: ${client} in the wrong role`,
    client,
    server,
    attempt: "right certificate, wrong role",
    from: master.name,
    url,
    authority: authorityPath("kubernetes"),
    identity: `${pki}/${identity}`,
    expected: authorization === "AlwaysAllow" ? "accepted" : "refused",
  }));
}

/**
 * Every connection of the specification's matrix (architecture page, "Security"), tried by the right client and in every
 * wrong way, each from a machine that could try it; each of several masters as a server and as a client.
 * @throws Error when there is no master.
 */
export function matrix({ machines, authorization, withExpired }: MatrixArgs): readonly Probe[] {
  const masters = machines.filter(({ role }) => role === "master");
  if (masters.length === 0) throw new Error("the stack's output `machines` has no master");
  const naming: Naming = (what, master) => (masters.length === 1 ? what : `${what} of ${master.name}`);
  return masters.flatMap((master, index) => {
    // Kubelets refuse whoever knocks, wherever from: one master tries that, and the others that they are let in.
    const kubelets = index === 0 ? machines : [];
    const others = masters.filter((other) => other !== master);
    const lettingIn = [
      ...(index === 0 ? [] : machines.map(kubeletOf)),
      ...others.map((other) => peersOf(other, naming)),
    ];
    return [
      ...serversOf(master, kubelets, naming).flatMap((server) => knocks(master, server, withExpired)),
      ...lettingIn.map((server) => rightClient(master, server)),
      ...apiClients(master, machines, naming),
      ...wrongRoles(master, kubelets, authorization, naming),
    ];
  });
}
