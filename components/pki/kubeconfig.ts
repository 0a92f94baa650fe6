import { yamlText } from "../model/yaml";

/** One API server of a cluster. */
export interface ApiServer {
  /** Host name of its master. */
  readonly hostName: string;
  /** Its address, for instance `https://203.0.113.7:6443`. */
  readonly url: string;
}

/** What a kubeconfig needs; every value is text, keys and certificates are PEM. */
export interface KubeconfigArgs {
  readonly clusterName: string;
  readonly userName: string;
  /** Address of the API, for instance `https://203.0.113.7:6443`. */
  readonly server: string;
  /** Every master's own API server, where there are several: each gets a context of its own, `USER@HOSTNAME`. */
  readonly masters?: readonly ApiServer[];
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * A self-contained kubeconfig. It holds a private key: treat the result as secret.
 * Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function renderKubeconfig({ masters = [], ...args }: KubeconfigArgs): string {
  const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  const places = [
    { name: args.clusterName, server: args.server },
    ...masters.map(({ hostName, url }) => ({ name: hostName, server: url })),
  ];
  const contextOf = (place: string): string => `${args.userName}@${place}`;
  return yamlText(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: places.map(({ name, server }) => ({
        name,
        cluster: { server, "certificate-authority-data": base64(args.authority) },
      })),
      users: [
        {
          name: args.userName,
          user: {
            "client-certificate-data": base64(args.certificate),
            "client-key-data": base64(args.privateKey),
          },
        },
      ],
      contexts: places.map(({ name }) => ({ name: contextOf(name), context: { cluster: name, user: args.userName } })),
      "current-context": contextOf(args.clusterName),
    },
    // A text that stands twice is written twice: many readers of kubeconfigs know no aliases.
    { aliasDuplicateObjects: false },
  );
}
