import { stringify } from "yaml";

/** What a kubeconfig needs; every value is text, keys and certificates are PEM. */
export interface KubeconfigArgs {
  readonly clusterName: string;
  readonly userName: string;
  /** Address of the API, for instance `https://203.0.113.7:6443`. */
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * A self-contained kubeconfig. It holds a private key: treat the result as secret.
 * Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export function renderKubeconfig(args: KubeconfigArgs): string {
  const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  const context = `${args.userName}@${args.clusterName}`;
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: args.clusterName,
          cluster: { server: args.server, "certificate-authority-data": base64(args.authority) },
        },
      ],
      users: [
        {
          name: args.userName,
          user: {
            "client-certificate-data": base64(args.certificate),
            "client-key-data": base64(args.privateKey),
          },
        },
      ],
      contexts: [{ name: context, context: { cluster: args.clusterName, user: args.userName } }],
      "current-context": context,
    },
    { lineWidth: 0 },
  );
}
