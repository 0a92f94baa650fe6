import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

/** What the API server answered to a request for an address that is no object. */
export interface TextAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly text: string;
}

/**
 * Asks the API server for an address that is no object, such as `/metrics` or `/readyz?verbose`.
 * @throws Error when it does not answer, or `signal` ends the wait
 */
export async function askText(config: KubeConfig, address: string, signal: AbortSignal): Promise<TextAnswer> {
  const options: https.RequestOptions = { signal };
  await config.applyToHTTPSOptions(options);
  const url = new URL(address, config.getCurrentCluster()?.server);
  return new Promise((resolve, reject) => {
    const request = https.get(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    request.on("error", reject);
  });
}
