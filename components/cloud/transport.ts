import * as tls from "node:tls";
import { Agent, fetch, ProxyAgent, type Dispatcher, type RequestInit, type Response } from "undici";
import { proxyFor } from "./proxy";
import type { Trust } from "./way";

/** Connections by the way they take, kept for the next question. */
const dispatchers = new Map<string, Dispatcher>();

/** Asks an address by the proxy and with the trust that the provider has; Node's own `fetch` knows neither. */
export function request(address: string, init: Omit<RequestInit, "dispatcher">, trust: Trust): Promise<Response> {
  const proxy = proxyFor(new URL(address));
  const way = JSON.stringify([proxy?.href, trust]);
  const dispatcher = dispatchers.get(way) ?? makeDispatcher(proxy, trust);
  dispatchers.set(way, dispatcher);
  return fetch(address, { ...init, dispatcher });
}

function makeDispatcher(proxy: URL | undefined, { authorities, client, insecure }: Trust): Dispatcher {
  const secureContext = tls.createSecureContext({
    // Go trusts the system's authorities, and Node its own alone.
    ca: authorities ?? [...tls.getCACertificates("default"), ...tls.getCACertificates("system")],
    ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
  });
  const options = { secureContext, rejectUnauthorized: !insecure };
  return proxy === undefined
    ? new Agent({ connect: options })
    : new ProxyAgent({ uri: proxy.href, requestTls: options, proxyTls: options });
}
