import { once } from "node:events";
import * as net from "node:net";
import * as tls from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { verdict, type Verdict } from "../../commands/verify/outcome.ts";
import { strangersPair } from "../../commands/verify/strangers.ts";
import { ask, exitCodeOf } from "../../commands/verify/tokens.ts";

const servers: net.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Where a server is that does this with each connection. */
async function listening(server: net.Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `https://127.0.0.1:${String((server.address() as net.AddressInfo).port)}`;
}

/** What a request with a token to that address proves, to a client that knows the server by an authority of its own. */
async function proven(server: string): Promise<Verdict> {
  const { certificate, privateKey } = await strangersPair();
  return verdict(await ask({ server, authority: certificate, certificate, privateKey }, { path: "/", token: "bad" }));
}

const answering = (what: (connection: net.Socket) => void): net.Server =>
  net.createServer((connection) => {
    connection
      .on("error", () => undefined)
      .on("data", () => {
        what(connection);
      });
  });

describe("a token that must be refused", () => {
  test("is refused by a server that ends the connection, or answers the handshake with an alert", async () => {
    expect(await proven(await listening(answering((connection) => connection.resetAndDestroy())))).toBe("refused");
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
    expect(await proven(await listening(answering((connection) => connection.write(alert))))).toBe("refused");
  });

  test("is not refused by nobody, by a name that is not known, or by a server that is another", async () => {
    expect(await proven("https://127.0.0.1:1")).toBe("unreachable");
    expect(await proven("https://nobody.invalid")).toBe("unreachable");
    const stranger = await strangersPair();
    const other = tls.createServer({ cert: stranger.certificate, key: stranger.privateKey });
    expect(await proven(await listening(other.on("tlsClientError", () => undefined)))).toBe("unreachable");
    const inClear = answering((connection) => connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await proven(await listening(inClear))).toBe("unreachable");
  });

  // No test can have a network fail in each of these ways.
  test.each([
    ["ECONNRESET", "refused"],
    ["EPIPE", "refused"],
    ["ETIMEDOUT", "unreachable"],
    ["EHOSTUNREACH", "unreachable"],
    ["ENETUNREACH", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["EAI_AGAIN", "unreachable"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unreachable"],
  ] as const)("and whose connection ends with %s is %s", (code, expected) => {
    const error = Object.assign(new Error(`connect ${code} 203.0.113.7:6443`), { code });
    expect(verdict({ exitCode: exitCodeOf(error), status: 0 })).toBe(expected);
  });
});
