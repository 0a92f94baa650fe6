/** A kubeconfig for a stand-in of the API server on this machine, which speaks plain HTTP and asks nobody who he is. */
export function plainKubeconfig(port: number): string {
  return JSON.stringify({
    // The client library sends nothing in clear to a server whose certificate it is to check.
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

/** The same for several stand-ins, with a context for each by its host name as the program writes them. */
export function severalServers(ports: Readonly<Record<string, number>>): string {
  const [first = 0] = Object.values(ports);
  const one = JSON.parse(plainKubeconfig(first)) as { readonly clusters: readonly { readonly cluster: object }[] };
  const names = Object.entries(ports);
  return JSON.stringify({
    clusters: [
      ...one.clusters,
      ...names.map(([name, port]) => ({
        name,
        cluster: { ...one.clusters[0]?.cluster, server: `http://127.0.0.1:${port}` },
      })),
    ],
    users: [{ name: "u", user: {} }],
    contexts: [
      { name: "x", context: { cluster: "c", user: "u" } },
      ...names.map(([name]) => ({ name: `u@${name}`, context: { cluster: name, user: "u" } })),
    ],
    "current-context": "x",
  });
}
