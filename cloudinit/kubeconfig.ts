import { secretFile, type MachineFile } from "./files";
import { yamlText } from "../components/model/yaml";
import { kubernetes, kubernetesPki } from "./paths";

/** Path of a component's kubeconfig. */
export function kubeconfigPath(component: string): string {
  return `${kubernetes}/${component}.kubeconfig`;
}

/**
 * Kubeconfig of a component on a machine: it names the component's key files (see `keyPairFiles`) instead of holding them.
 * @param component name of the key pair in `/etc/kubernetes/pki`
 * @param server URL of the API server
 */
export function kubeconfigFile(component: string, clusterName: string, server: string): MachineFile {
  const configuration = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: clusterName, cluster: { server, "certificate-authority": `${kubernetesPki}/ca.crt` } }],
    users: [
      {
        name: component,
        user: {
          "client-certificate": `${kubernetesPki}/${component}.crt`,
          "client-key": `${kubernetesPki}/${component}.key`,
        },
      },
    ],
    contexts: [{ name: "default", context: { cluster: clusterName, user: component } }],
    "current-context": "default",
  };
  return secretFile(kubeconfigPath(component), yamlText(configuration));
}
