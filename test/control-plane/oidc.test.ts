import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../support/issued-pki.ts";
import { ControlPlane } from "./support.ts";

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An issuer as OpenID Connect has them: its configuration, its keys, and tokens signed by one of them. */
class Issuer {
  private constructor(
    readonly url: string,
    private readonly server: https.Server,
    private readonly key: KeyObject,
  ) {}

  static async start(authority: TestAuthority): Promise<Issuer> {
    const names = { dnsNames: [], ipAddresses: ["127.0.0.1"] };
    const own = await authority.issue({ commonName: "issuer", usages: ["server_auth"], ...names });
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const server = https.createServer({ cert: own.certificate, key: own.privateKey });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answers: Readonly<Record<string, object>> = {
      "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/keys` },
      "/keys": { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }] },
    };
    server.on("request", (request, response) => {
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
    return new Issuer(url, server, privateKey);
  }

  token(claims: object): string {
    const end = Math.floor(Date.now() / 1000) + 3600;
    const text = `${base64url({ alg: "RS256", kid: "one", typ: "JWT" })}.${base64url({ iss: this.url, aud: "kubernetes", exp: end, ...claims })}`;
    return `${text}.${sign("RSA-SHA256", Buffer.from(text), this.key).toString("base64url")}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe("people who log in by issuers of tokens", () => {
  let authority: TestAuthority;
  let [first, second]: Issuer[] = [];
  let plane: ControlPlane;

  const described = (issuer: Issuer | undefined, prefix: string) => ({
    ...{ issuer: issuer?.url ?? "", audiences: ["kubernetes"], usernameClaim: "email", groupsClaim: "groups", prefix },
    ...{ requiredClaims: { hd: "example.org" }, certificateAuthority: authority.pair.certificate },
  });

  beforeAll(async () => {
    authority = await TestAuthority.create("issuer");
    [first, second] = [await Issuer.start(authority), await Issuer.start(authority)];
    plane = await ControlPlane.start({ oidc: [described(first, "one:")] });
  });

  afterAll(async () => {
    await plane.stop();
    first?.stop();
    second?.stop();
  });

  /** Whom the API server takes the bearer of a token for; `undefined` where it refuses it. */
  const whoIs = async (token = ""): Promise<{ username: string; groups: readonly string[] } | undefined> => {
    const response = await new Promise<string>((resolve, reject) => {
      const options = {
        rejectUnauthorized: false,
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      };
      const request = https.request(
        `${plane.apiUrl}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
        options,
        (answer) => {
          let text = "";
          answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
          answer.on("end", () => {
            resolve(text);
          });
        },
      );
      request.on("error", reject);
      request.end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }));
    });
    return (JSON.parse(response) as { status?: { userInfo?: { username: string; groups: readonly string[] } } }).status
      ?.userInfo;
  };

  /** The issuer's keys are fetched a moment after the start. */
  const eventually = async (token: string | undefined) => {
    for (let attempt = 0; attempt < 120; attempt += 1) {
      const user = await whoIs(token);
      if (user !== undefined) return user;
      await delay(1000);
    }
    return undefined;
  };

  const anna = { sub: "1", email: "anna@example.org", groups: ["system:masters"], hd: "example.org" };

  it("have the issuer's prefix before their names and groups, and so never the cluster's own rights", async () => {
    const user = await eventually(first?.token(anna));
    expect(user).toMatchObject({
      username: "one:anna@example.org",
      groups: ["one:system:masters", "system:authenticated"],
    });
  });

  it("are refused with a token for somebody else, without a claim that is needed, or of another issuer", async () => {
    expect(await whoIs(first?.token({ ...anna, aud: "shop" }))).toBeUndefined();
    expect(await whoIs(first?.token({ ...anna, hd: "example.com" }))).toBeUndefined();
    expect(await whoIs(second?.token(anna))).toBeUndefined();
  });

  it("may come by another issuer once the file names it, without a restart", async () => {
    const before = plane.running.get("kube-apiserver");
    plane.configure({ oidc: [described(first, "one:"), described(second, "two:")] });
    expect(fs.existsSync(path.join(plane.root, "etc/kubernetes/authentication.yaml"))).toBe(true);
    expect(await eventually(second?.token(anna))).toMatchObject({ username: "two:anna@example.org" });
    expect(plane.running.get("kube-apiserver")).toBe(before);
    expect(await whoIs(first?.token(anna))).toMatchObject({ username: "one:anna@example.org" });
  });
});
