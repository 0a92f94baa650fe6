import { parse } from "yaml";

/** The API as the administrator reaches it. */
export interface Api {
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Reads the kubeconfig that the program renders. @throws Error when it names no cluster or no user */
export function apiOf(kubeconfig: string): Api {
  const config = parse(kubeconfig) as {
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
    users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
  };
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user];
  if (cluster === undefined || user === undefined)
    throw new Error("the stack's kubeconfig names no cluster or no user");
  const text = (data: string): string => Buffer.from(data, "base64").toString("utf8");
  return {
    server: cluster.server,
    authority: text(cluster["certificate-authority-data"]),
    certificate: text(user["client-certificate-data"]),
    privateKey: text(user["client-key-data"]),
  };
}
