import { describe, expect, test } from "vitest";
import { configOf, problemsOf } from "./config-values";

const containing = (text: string): unknown => expect.stringContaining(text);
const server = "https://authz.example/authorize";

/** A kubeconfig of a webhook, with changes to its parts; other members take the place of whole lists. */
function kubeconfig({
  cluster,
  user,
  context,
  ...rest
}: { readonly [Part in "cluster" | "user" | "context"]?: object } & Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    clusters: [{ name: "authz", cluster: { server, "certificate-authority-data": "QQ==", ...cluster } }],
    users: [{ name: "api-server", user: { token: "hunter2", ...user } }],
    contexts: [{ name: "webhook", context: { cluster: "authz", user: "api-server", ...context } }],
    "current-context": "webhook",
    ...rest,
  });
}

describe("the kubeconfig of a webhook", () => {
  test("is one cluster by https, with all that it needs inline", () => {
    const authorizationWebhook = kubeconfig({
      cluster: { "tls-server-name": "authz", "insecure-skip-tls-verify": false },
    });
    expect(configOf({ authorization: "Webhook", authorizationWebhook }).kubernetes.authorization).toEqual({
      mode: "Webhook",
      kubeconfig: authorizationWebhook,
    });
  });

  const second = { name: "other", cluster: { server: "http://other.example" } };

  test.each([
    ["*nothing", "is not a kubeconfig"],
    ["just words", "is not a kubeconfig"],
    [kubeconfig({ cluster: { server: "http://authz.example" } }), "names no server by https://"],
    [kubeconfig({ clusters: [{ name: "authz", cluster: { server } }, second] }), "has 2 clusters"],
    [kubeconfig({ cluster: { "insecure-skip-tls-verify": true } }), "has insecure-skip-tls-verify"],
    [kubeconfig({ cluster: { "proxy-url": "http://proxy.example:3128" } }), "has a proxy (proxy-url)"],
    [kubeconfig({ cluster: { "certificate-authority": "/ca.pem" } }), "names a file (certificate-authority)"],
    [kubeconfig({ user: { tokenFile: "/token" } }), "names a file (tokenFile)"],
    [kubeconfig({ user: { exec: { command: "aws" } } }), "names a program (exec)"],
    [kubeconfig({ "current-context": "" }), "has no current-context that leads to its cluster"],
    [kubeconfig({ "current-context": "another" }), "has no current-context that leads to its cluster"],
    [kubeconfig({ context: { cluster: "another" } }), "has no current-context that leads to its cluster"],
    [`clusters: [{ cluster: { server: "${server}" } }]`, "has no current-context that leads to its cluster"],
  ])("%s %s", (authorizationWebhook, reason) => {
    const problems = problemsOf({ authorization: "Webhook", authorizationWebhook });
    expect(problems).toEqual([
      {
        key: "authorizationWebhook",
        value: "(not shown)",
        reason: containing(reason),
        remedy: containing("give a kubeconfig with one cluster"),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
