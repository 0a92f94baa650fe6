import type { AbacRule, Authorization } from "../components/model/authorization";
import { kubeconfigPath } from "./kubeconfig";
import { publicFile, secretFile, withFinalNewline, type MachineFile } from "./files";
import type { MasterDescription } from "./machine";
import { kubernetes } from "./paths";
import type { Flags } from "./units";

const policyPath = `${kubernetes}/abac-policy.jsonl`;
const webhookPath = `${kubernetes}/authorization-webhook.kubeconfig`;

/** Flags of the API server that say who may do what. */
export function authorizationFlags(authorization: Authorization): Flags {
  switch (authorization.mode) {
    case "AlwaysAllow":
      return { "authorization-mode": "AlwaysAllow" };
    case "RBAC":
      return { "authorization-mode": "Node,RBAC" };
    case "ABAC":
      return { "authorization-mode": "Node,RBAC,ABAC", "authorization-policy-file": policyPath };
    case "Webhook":
      return {
        "authorization-mode": "Node,RBAC,Webhook",
        "authorization-webhook-config-file": webhookPath,
        "authorization-webhook-version": "v1",
      };
  }
}

/**
 * Admission beyond upstream's default. Under AlwaysAllow kubelets may do anything, so that nothing restricts them to their own node.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
export function admissionFlags({
  authorization,
  serviceExternalIps,
}: Pick<MasterDescription, "authorization" | "serviceExternalIps">): Flags {
  const plugins = [
    ...(authorization.mode === "AlwaysAllow" ? [] : ["NodeRestriction"]),
    // A Service with a machine's own address among its externalIPs takes that machine's connections from the whole cluster.
    ...(serviceExternalIps ? [] : ["DenyServiceExternalIPs"]),
  ];
  return plugins.length === 0 ? {} : { "enable-admission-plugins": plugins.join(",") };
}

/**
 * By which a component has its own listener's requests allowed: it asks the API server, anonymous requests included, which it cannot be told
 * to refuse (`DelegatingAuthenticationOptions` in pkg/server/options of k8s.io/apiserver 0.36: no flag sets `Anonymous`). Under AlwaysAllow
 * the answer would be yes to everybody, so nobody is asked: the group `system:masters` is let in, and anyone to `/healthz` and its like.
 */
export function delegatedAuthorizationFlags(authorization: Authorization, component: string): Flags {
  return authorization.mode === "AlwaysAllow" ? {} : { "authorization-kubeconfig": kubeconfigPath(component) };
}

/** Files that the flags name. */
export function authorizationFiles(authorization: Authorization): readonly MachineFile[] {
  switch (authorization.mode) {
    case "AlwaysAllow":
    case "RBAC":
      return [];
    case "ABAC":
      return [publicFile(policyPath, authorization.policy.map(policyLine).join(""))];
    case "Webhook":
      return [secretFile(webhookPath, withFinalNewline(authorization.kubeconfig))];
  }
}

/** One JSON object a line, which is the format of the file. */
function policyLine(spec: AbacRule): string {
  return `${JSON.stringify({ apiVersion: "abac.authorization.kubernetes.io/v1beta1", kind: "Policy", spec })}\n`;
}
