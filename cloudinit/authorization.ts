import type { AbacRule, Authorization } from "../components/model/authorization";
import { publicFile, secretFile, withFinalNewline, type MachineFile } from "./files";
import { kubernetes } from "./paths";
import type { Flags } from "./units";

const policyPath = `${kubernetes}/abac-policy.jsonl`;
const webhookPath = `${kubernetes}/authorization-webhook.kubeconfig`;

/** Flags of the API server. */
export function authorizationFlags(authorization: Authorization): Flags {
  const restricted = { "enable-admission-plugins": "NodeRestriction" };
  switch (authorization.mode) {
    case "AlwaysAllow":
      return { "authorization-mode": "AlwaysAllow" };
    case "RBAC":
      return { ...restricted, "authorization-mode": "Node,RBAC" };
    case "ABAC":
      return { ...restricted, "authorization-mode": "Node,RBAC,ABAC", "authorization-policy-file": policyPath };
    case "Webhook":
      return {
        ...restricted,
        "authorization-mode": "Node,RBAC,Webhook",
        "authorization-webhook-config-file": webhookPath,
        "authorization-webhook-version": "v1",
      };
  }
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
