import * as pulumi from "@pulumi/pulumi";
import type { AdministratorPurpose } from "./certificates";
import { renderKubeconfig } from "./kubeconfig";
import type { Pki } from "./pki";

/** Kubeconfig of the administrator or of the break-glass identity, secret. */
export function kubeconfigOutput(
  pki: Pki,
  purpose: AdministratorPurpose,
  clusterName: string,
  /** Address of the API, for instance `https://203.0.113.7:6443`. */
  apiUrl: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.secret(
    pulumi
      .all([apiUrl, pki.trusted.kubernetes, pulumi.output(pki.administratorPair(purpose))])
      .apply(([server, authority, pair]) =>
        renderKubeconfig({ clusterName, userName: purpose, server, authority, ...pair }),
      ),
  );
}
