import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../support/issued-pki.ts";
import { ControlPlane } from "./support.ts";

/** Common name of the certificate that a request came with. */
function clientOf({ socket }: IncomingMessage): string {
  return socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : "none";
}

let plane: ControlPlane | undefined;

function running(): ControlPlane {
  if (plane === undefined) throw new Error("no control plane runs");
  return plane;
}

/** Whether the API server lets a user do something, by its own answer to the request. */
async function allows(user: string, ...request: readonly string[]): Promise<boolean> {
  const { exitCode, stderr } = await running().kubectl({ name: user }, ...request);
  if (exitCode === 0) return true;
  expect(stderr).toMatch(/forbidden/i);
  return false;
}

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };

describe("authorization ABAC", () => {
  beforeAll(async () => {
    const policy = [
      { user: "auditor", readonly: true, apiGroup: "*", namespace: "*", resource: "*" },
      { group: "deployers", apiGroup: "*", namespace: "shop", resource: "configmaps" },
    ];
    plane = await ControlPlane.start({ authorization: { mode: "ABAC", policy } });
  });

  afterAll(() => plane?.stop());

  it("lets a user of the policy do what it says and nothing else", async () => {
    expect(await allows("auditor", "get", "secrets", "--all-namespaces")).toBe(true);
    expect(await allows("auditor", "create", "configmap", "theirs")).toBe(false);
  });

  it("lets a group of the policy act in its namespace alone", async () => {
    await running().kubectl(breakGlass, "create", "namespace", "shop");
    const deployer = { name: "somebody", group: "deployers" };
    const create = (namespace: string) =>
      running().kubectl(deployer, "create", "configmap", "one", "--namespace", namespace, "--validate=false");
    expect((await create("shop")).exitCode).toBe(0);
    expect((await create("default")).stderr).toContain("forbidden");
  });

  it("refuses whom neither the policy nor a binding names, and obeys bindings besides", async () => {
    expect(await allows("nobody", "get", "pods")).toBe(false);
    expect((await running().kubectl(breakGlass, "get", "pods")).exitCode).toBe(0);
  });
});

describe("authorization Webhook", () => {
  interface Review {
    readonly spec: {
      readonly user: string;
      readonly resourceAttributes?: { readonly verb: string; readonly resource: string };
    };
  }

  let server: https.Server;
  const asked: { readonly client: string; readonly user: string }[] = [];

  beforeAll(async () => {
    const authority = await TestAuthority.create("webhook");
    const names = { dnsNames: [], ipAddresses: ["127.0.0.1"] };
    const own = await authority.issue({ commonName: "webhook", usages: ["server_auth"], ...names });
    const client = await authority.issue({
      commonName: "the-api-server",
      usages: ["client_auth"],
      dnsNames: [],
      ipAddresses: [],
    });
    const options = { cert: own.certificate, key: own.privateKey, ca: authority.pair.certificate, requestCert: true };
    server = https.createServer(options, (request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const review = JSON.parse(text) as Review;
        const { user, resourceAttributes: wanted } = review.spec;
        asked.push({ client: clientOf(request), user });
        const allowed = user === "guest" && wanted?.verb === "list" && wanted.resource === "configmaps";
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({ ...review, status: { allowed } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const base64 = (value: string): string => Buffer.from(value).toString("base64");
    const kubeconfig = stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "webhook",
          cluster: {
            server: `https://127.0.0.1:${port}/authorize`,
            "certificate-authority-data": base64(authority.pair.certificate),
          },
        },
      ],
      users: [
        {
          name: "api-server",
          user: {
            "client-certificate-data": base64(client.certificate),
            "client-key-data": base64(client.privateKey),
          },
        },
      ],
      contexts: [{ name: "webhook", context: { cluster: "webhook", user: "api-server" } }],
      "current-context": "webhook",
    });
    plane = await ControlPlane.start({ authorization: { mode: "Webhook", kubeconfig } });
  });

  afterAll(async () => {
    await plane?.stop();
    server.closeAllConnections();
    server.close();
  });

  it("lets a user do what the service allows and nothing else", async () => {
    expect(await allows("guest", "get", "configmaps")).toBe(true);
    expect(await allows("guest", "get", "secrets")).toBe(false);
    expect(await allows("another", "get", "configmaps")).toBe(false);
  });

  it("shows the service the client certificate of its kubeconfig", () => {
    expect(asked).toContainEqual({ client: "the-api-server", user: "guest" });
    expect(new Set(asked.map(({ client }) => client))).toEqual(new Set(["the-api-server"]));
  });

  it("asks it for those alone whom roles do not allow", async () => {
    expect((await running().kubectl(breakGlass, "get", "secrets")).exitCode).toBe(0);
    expect(asked.map(({ user }) => user)).not.toContain("kubernetes-break-glass");
  });

  it("refuses when the service is gone", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // What was allowed is remembered for minutes (`--authorization-webhook-cache-authorized-ttl`), so another is asked for.
    const { exitCode, stderr } = await running().kubectl({ name: "latecomer" }, "get", "configmaps");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("connection refused")]);
    expect((await running().kubectl(breakGlass, "get", "configmaps")).exitCode).toBe(0);
  });
});
