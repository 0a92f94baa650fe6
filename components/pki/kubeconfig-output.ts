import * as pulumi from "@pulumi/pulumi";
import type { AdministratorPurpose } from "./certificates";
import { renderKubeconfig, type ApiServer } from "./kubeconfig";
import type { Pki } from "./pki";

/** Kubeconfig of the administrator or of the break-glass identity, secret. */
export function kubeconfigOutput(
  pki: Pki,
  purpose: AdministratorPurpose,
  clusterName: string,
  /** API servers of all masters, the first master's first; at least one. */
  apiServers: pulumi.Input<readonly ApiServer[]>,
): pulumi.Output<string> {
  return pulumi.secret(
    pulumi
      .all([apiServers, pki.trusted.kubernetes, pulumi.output(pki.administratorPair(purpose))])
      .apply(([servers, authority, pair]) =>
        renderKubeconfig({
          ...{ clusterName, userName: purpose, server: servers[0]?.url ?? "", authority, ...pair },
          // A single one's kubeconfig stays as it always was.
          ...(servers.length > 1 ? { masters: servers } : {}),
        }),
      ),
  );
}
