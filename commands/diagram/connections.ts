/** A component that is drawn, at an end of a connection. */
export type Component =
  | "administrator"
  | "kube-apiserver"
  | "kube-scheduler"
  | "kube-controller-manager"
  | "etcd"
  | "kubelet"
  | "kube-proxy"
  | "pods";

/** One row of the specification's matrix: who opens a TLS connection to whom, and how each proves itself. */
export interface Connection {
  readonly client: Component;
  readonly server: Component;
  readonly port: number;
  /** Common name of the certificate that the client shows, or its token. */
  readonly shows: string;
  /** Authority by which the client knows the server. */
  readonly authority: "kubernetes" | "etcd";
}

const toApi = { server: "kube-apiserver", port: 6443, authority: "kubernetes" } as const;

/** What a client without a certificate shows. */
export const token = "ServiceAccount token";

/** The matrix of `docs/security.md`, in the order of the numbers in the picture. */
export const connections: readonly Connection[] = [
  { ...toApi, client: "administrator", shows: "kubernetes-administrator" },
  { ...toApi, client: "kube-scheduler", shows: "system:kube-scheduler" },
  { ...toApi, client: "kube-controller-manager", shows: "system:kube-controller-manager" },
  { ...toApi, client: "kubelet", shows: "system:node:NAME" },
  {
    client: "kube-apiserver",
    server: "kubelet",
    port: 10250,
    shows: "kube-apiserver-kubelet-client",
    authority: "kubernetes",
  },
  { ...toApi, client: "kube-proxy", shows: "system:kube-proxy" },
  { ...toApi, client: "pods", shows: token },
  { client: "kube-apiserver", server: "etcd", port: 2379, shows: "kube-apiserver-etcd-client", authority: "etcd" },
  { client: "etcd", server: "etcd", port: 2380, shows: "its peer certificate", authority: "etcd" },
];

/** The number of a connection in the picture, from 1. @throws RangeError when there is none */
export function numberOf(client: Component, server: Component): number {
  const index = connections.findIndex((one) => one.client === client && one.server === server);
  if (index < 0) throw new RangeError(`${client} does not talk to ${server}`);
  return index + 1;
}
