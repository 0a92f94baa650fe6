import { daemonFile } from "./daemon";
import { keyPairFiles, type MachineFile } from "./files";
import { kubeconfigFile, kubeconfigPath } from "./kubeconfig";
import type { MasterDescription } from "./machine";
import { binaries, kubernetesPki } from "./paths";
import { commandWithFlags } from "./units";

const executable = `${binaries}/kubectl`;
const component = "localhost-api";

/**
 * The API in clear on 127.0.0.1:8080 of the master, as it was when the API server had an insecure port: a proxy with an identity
 * of its own, for whoever is on the machine. Nothing unless the description has that identity's pair.
 */
export function localhostApiFiles(description: MasterDescription): readonly MachineFile[] {
  const { localhostApi } = description;
  if (localhostApi === undefined) return [];
  return [
    ...keyPairFiles(kubernetesPki, component, localhostApi),
    kubeconfigFile(component, description.clusterName, `https://${description.address}:6443`),
    daemonFile(description, {
      name: `kovhernetes-${component}`,
      description: "Kubernetes API on loopback",
      type: "exec",
      // https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
      command: commandWithFlags(
        executable,
        {
          address: "127.0.0.1",
          port: "8080",
          kubeconfig: kubeconfigPath(component),
          // A browser on the machine that was sent to a foreign name for 127.0.0.1 names that host.
          "accept-hosts": "^(localhost|127\\.0\\.0\\.1)$",
        },
        "proxy",
      ),
      executables: [executable],
      after: ["kube-apiserver.service"],
      needs: [],
      prepare: [],
      stage: "API answers on 127.0.0.1:8080 of this machine",
      service: { NoNewPrivileges: "yes", ProtectHome: "yes" },
    }),
  ];
}
