import type { PodSecurityLevel } from "../components/model/pod-security";
import { configurationFile, type MachineFile } from "./files";
import { kubernetes } from "./paths";
import type { Flags } from "./units";

const admissionPath = `${kubernetes}/admission.yaml`;

/** Namespaces of what runs in every cluster: the pod network and whatever enforces policies need what no other pod should. */
export const exemptNamespaces: readonly string[] = ["kube-system", "kube-flannel"];

/** Flags of the API server for defaults of Pod Security admission. */
export function podSecurityFlags(level: PodSecurityLevel | undefined): Flags {
  return level === undefined ? {} : { "admission-control-config-file": admissionPath };
}

/**
 * The file that the flag names. Without it, namespaces without labels of their own take any pod, which is upstream's default.
 * https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/
 */
export function podSecurityFiles(level: PodSecurityLevel | undefined): readonly MachineFile[] {
  if (level === undefined) return [];
  return [
    configurationFile(admissionPath, {
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "AdmissionConfiguration",
      plugins: [
        {
          name: "PodSecurity",
          configuration: {
            apiVersion: "pod-security.admission.config.k8s.io/v1",
            kind: "PodSecurityConfiguration",
            defaults: {
              ...{ enforce: level, "enforce-version": "latest" },
              ...{ audit: level, "audit-version": "latest" },
              ...{ warn: level, "warn-version": "latest" },
            },
            exemptions: { usernames: [], runtimeClasses: [], namespaces: [...exemptNamespaces] },
          },
        },
      ],
    }),
  ];
}
