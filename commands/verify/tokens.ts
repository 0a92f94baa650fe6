import * as crypto from "node:crypto";
import * as https from "node:https";
import type { Api } from "../shared/kubeconfig.ts";
import type { Outcome } from "./outcome.ts";

/** How a request is made; absent members are left out. */
export interface Request {
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  /** Bearer token in place of the administrator's certificate. */
  readonly token?: string;
  readonly anonymous?: boolean;
}

/**
 * curl's exit code for an error of a connection. Only what the other side did to it counts as a refusal: a server that was not reached, or
 * that is another, has judged no token.
 */
export function exitCodeOf({ code = "", message }: NodeJS.ErrnoException): number {
  // OpenSSL names the number of an alert that came; a handshake that failed on this side has none.
  if (["ECONNRESET", "EPIPE"].includes(code) || /\bSSL alert number \d+/.test(message)) return 56;
  if (["ENOTFOUND", "EAI_AGAIN"].includes(code)) return 6;
  return code === "ETIMEDOUT" ? 28 : 7;
}

/** Asks the API over TLS; how the connection ended is told as curl would. */
export async function ask(api: Api, request: Request): Promise<Outcome & { readonly body: string }> {
  const identity =
    request.token === undefined && request.anonymous !== true ? { cert: api.certificate, key: api.privateKey } : {};
  const headers = {
    "Content-Type": "application/json",
    ...(request.token === undefined ? {} : { Authorization: `Bearer ${request.token}` }),
  };
  return new Promise((resolve) => {
    const url = new URL(request.path, api.server);
    const sent = https.request(
      url,
      { ...identity, headers, ca: api.authority, agent: false, method: request.method ?? "GET", timeout: 30_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response.on("end", () => {
          resolve({ exitCode: 0, status: response.statusCode ?? 0, body });
        });
      },
    );
    const fails = (exitCode: number) => (): void => {
      sent.destroy();
      resolve({ exitCode, status: 0, body: "" });
    };
    sent.on("timeout", fails(28));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      fails(exitCodeOf(error))();
    });
    sent.end(request.body === undefined ? undefined : JSON.stringify(request.body));
  });
}

/** A token of the ServiceAccount `default`, as a pod has one, valid for ten minutes. @throws Error when the API gives none. */
export async function serviceAccountToken(api: Api): Promise<string> {
  const answer = await ask(api, {
    path: "/api/v1/namespaces/default/serviceaccounts/default/token",
    method: "POST",
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } },
  });
  const token = answer.status === 201 ? (JSON.parse(answer.body) as { status: { token: string } }).status.token : "";
  if (token === "")
    throw new Error(`the API gives no ServiceAccount token: HTTP ${String(answer.status)} ${answer.body}`);
  return token;
}

type Claims = Readonly<Record<string, unknown>>;

/** The claims of a token, unchecked. */
function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Claims;
}

/** A token like another with other claims, signed by a key (PEM). */
export function resign(token: string, privateKey: string, changes: Claims): string {
  const [header = ""] = token.split(".");
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), ...changes })).toString("base64url");
  const signed = `${header}.${claims}`;
  const signature = crypto.sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** Tokens that must not open anything. `key` is the cluster's own signing key (PEM), without which no expired one can be made. */
export function badTokens(token: string, key: string | undefined): Readonly<Record<string, string>> {
  const stranger = crypto
    .generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
  const [header = "", claims = "", signature = ""] = token.split(".");
  const administrator = Buffer.from(
    JSON.stringify({ ...claimsOf(token), sub: "system:serviceaccount:kube-system:default" }),
  ).toString("base64url");
  const past = Math.floor(Date.now() / 1000) - 3600;
  return {
    "forged token": resign(token, stranger, {}),
    "altered token": `${header}.${administrator}.${signature}`,
    "unsigned token": `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${claims}.`,
    "token of another cluster": resign(token, stranger, { iss: "https://kubernetes.default.svc.elsewhere.local" }),
    ...(key === undefined
      ? {}
      : {
          "expired token": resign(token, key, { iat: past - 600, nbf: past - 600, exp: past }),
          "token for another audience": resign(token, key, { aud: ["https://elsewhere.invalid"] }),
        }),
  };
}
