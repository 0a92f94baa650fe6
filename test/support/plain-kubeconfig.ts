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
