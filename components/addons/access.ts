import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { administratorGroup, kubeletClientUser } from "../pki/certificates";

/**
 * The bindings that upstream's defaults lack: the administrator's group, and the name by which the API server meets kubelets.
 * Harmless under AlwaysAllow, so that switching to RBAC needs nothing more.
 */
export class Access extends pulumi.ComponentResource {
  readonly ready: pulumi.Output<string>;

  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:addons:Access", name, {}, options);
    const bind = (suffix: string, role: string, kind: "Group" | "User", subject: string) =>
      new rbac.ClusterRoleBinding(
        `${name}-${suffix}`,
        {
          metadata: { name: `kovhernetes:${suffix}` },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind, name: subject }],
        },
        { parent: this },
      );
    const administrators = bind("administrators", "cluster-admin", "Group", administratorGroup);
    const kubeletClient = bind("apiserver-kubelet-client", "system:kubelet-api-admin", "User", kubeletClientUser);
    this.ready = pulumi.all([administrators.id, kubeletClient.id]).apply((ids) => ids.join());
    this.registerOutputs();
  }
}
