/** What one line of an ABAC policy allows: https://kubernetes.io/docs/reference/access-authn-authz/abac/ */
export interface AbacRule {
  readonly user?: string;
  readonly group?: string;
  readonly readonly?: boolean;
  readonly apiGroup?: string;
  readonly namespace?: string;
  readonly resource?: string;
  readonly nonResourcePath?: string;
}

/** Who decides what an authenticated client may do: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
export type Authorization =
  /** Nobody: everything is allowed. */
  | { readonly mode: "AlwaysAllow" }
  /** Nodes by what their pods need, all others by bindings. */
  | { readonly mode: "RBAC" }
  /** Both of these, and for whom they allow nothing, a policy. The cluster's own components depend on the first two. */
  | { readonly mode: "ABAC"; readonly policy: readonly AbacRule[] }
  /** Both of these, and then a service that is asked. `kubeconfig` says where it is and may hold a key. */
  | { readonly mode: "Webhook"; readonly kubeconfig: string };
