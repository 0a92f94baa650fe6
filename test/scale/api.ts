import * as https from "node:https";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<"server" | "certificate-authority-data", string>> }];
  readonly users: readonly [{ readonly user: Readonly<Record<`client-${"certificate" | "key"}-data`, string>> }];
}

/** Sends a request to the API, over as many kept connections as there are requests at once. @throws Error when it is refused */
export type Send = (method: "GET" | "POST" | "PUT", path: string, body?: object) => Promise<string>;

/** The API as the holder of a kubeconfig's client certificate sees it. */
export function apiOf(kubeconfig: string): Send {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const decoded = (base64: string): string => Buffer.from(base64, "base64").toString();
  const agent = new https.Agent({
    keepAlive: true,
    ca: decoded(clusters[0].cluster["certificate-authority-data"]),
    cert: decoded(users[0].user["client-certificate-data"]),
    key: decoded(users[0].user["client-key-data"]),
  });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const request = https.request(`${clusters[0].cluster.server}${path}`, { method, agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if ((response.statusCode ?? 500) < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${text.slice(0, 500)}`));
        });
      });
      request.on("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
