import * as net from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy by which an address is asked, `undefined` for none: by the same variables and rules as Go's, which the provider goes by.
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(address: URL, environment: Environment = process.env): URL | undefined {
  const variable = address.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = read(environment, variable);
  if (proxy === "" || isLocal(hostOf(address)) || isExempt(address, read(environment, "NO_PROXY"))) return undefined;
  return new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
}

function read(environment: Environment, name: string): string {
  return (environment[name] ?? "") === "" ? (environment[name.toLowerCase()] ?? "") : (environment[name] ?? "");
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

const loopback = new net.BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

function isLocal(host: string): boolean {
  return host === "localhost" || (net.isIP(host) !== 0 && loopback.check(host, familyOf(host)));
}

function familyOf(host: string): "ipv4" | "ipv6" {
  return net.isIPv6(host) ? "ipv6" : "ipv4";
}

function isExempt(address: URL, list: string): boolean {
  const host = hostOf(address);
  const port = address.port === "" ? (address.protocol === "https:" ? "443" : "80") : address.port;
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || isWithin(host, entry) || isNamed(host, port, entry));
}

/** Whether an address is in a network, written as a CIDR. */
function isWithin(host: string, entry: string): boolean {
  const [network = "", prefix = ""] = entry.split("/");
  if (net.isIP(network) === 0 || net.isIP(host) === 0 || !/^\d+$/.test(prefix)) return false;
  const list = new net.BlockList();
  list.addSubnet(network, Number(prefix), familyOf(network));
  return list.check(host, familyOf(host));
}

/** Whether a host is that of an entry, or of a domain below it; `.example` and `*.example` are those below alone. */
function isNamed(host: string, port: string, entry: string): boolean {
  const [, name = "", only] = net.isIPv6(entry) ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (only !== undefined && only !== port) return false;
  const bare = name.replace(/^\[|\]$/g, "").replace(/^\*(?=\.)/, "");
  if (net.isIP(bare) !== 0) return host === bare;
  return bare.startsWith(".") ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}
