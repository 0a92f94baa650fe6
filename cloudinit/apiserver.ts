import { auditPolicy } from "./audit-policy";
import { authenticationFiles, authenticationFlags } from "./authentication";
import { admissionFlags, authorizationFiles, authorizationFlags } from "./authorization";
import { daemonFile } from "./daemon";
import { memberNeeds } from "./etcd-membership";
import { configurationFile, keyPairFiles, publicFile, secretFile, withFinalNewline, type MachineFile } from "./files";
import type { MasterDescription } from "./machine";
import { podSecurityFiles, podSecurityFlags } from "./pod-security";
import { binaries, encryptionConfiguration, etcdPki, kubernetes, kubernetesPki } from "./paths";
import { tlsFlags } from "./tls";
import { commandWithFlags, type Flags } from "./units";

const executable = `${binaries}/kube-apiserver`;
const auditPolicyPath = `${kubernetes}/audit-policy.yaml`;

/** Common name of the certificate with which the API server forwards requests to aggregated API servers. */
export const frontProxyCommonName = "front-proxy-client";

/** The API server's keys, audit policy and unit. */
export function apiServerFiles(description: MasterDescription): readonly MachineFile[] {
  const { serviceAccount } = description;
  const member = memberNeeds(description);
  return [
    publicFile(`${kubernetesPki}/front-proxy-ca.crt`, withFinalNewline(description.frontProxyAuthority)),
    ...keyPairFiles(kubernetesPki, "apiserver", description.apiServer),
    ...keyPairFiles(kubernetesPki, "apiserver-etcd-client", description.apiServerEtcdClient),
    ...keyPairFiles(kubernetesPki, "apiserver-kubelet-client", description.apiServerKubeletClient),
    ...keyPairFiles(kubernetesPki, "front-proxy-client", description.frontProxyClient),
    publicFile(`${kubernetesPki}/service-account.pub`, withFinalNewline(serviceAccount.publicKey)),
    secretFile(`${kubernetesPki}/service-account.key`, withFinalNewline(serviceAccount.privateKey)),
    configurationFile(auditPolicyPath, auditPolicy),
    ...authorizationFiles(description.authorization),
    ...podSecurityFiles(description.podSecurity),
    ...authenticationFiles(description.oidc),
    daemonFile(description, {
      name: "kube-apiserver",
      description: "Kubernetes API server",
      type: "notify",
      // An extra argument is one that the program sets otherwise or not at all, and may be another.
      command: commandWithFlags(executable, { ...apiServerFlags(description), ...description.apiServerArguments }),
      executables: [executable],
      after: ["etcd.service", ...member.after],
      needs: [encryptionConfiguration, ...member.needs],
      prepare: [],
      stage: "API server is up",
      service: {
        LimitNOFILE: "65536",
        LogsDirectory: "kubernetes/audit",
        LogsDirectoryMode: "0700",
        NoNewPrivileges: "yes",
        ProtectHome: "yes",
      },
    }),
  ];
}

/** https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ */
export function apiServerFlags(description: MasterDescription): Flags {
  const pki = (name: string): string => `${kubernetesPki}/${name}`;
  return {
    ...tlsFlags,
    ...authorizationFlags(description.authorization),
    ...admissionFlags(description),
    ...podSecurityFlags(description.podSecurity),
    ...authenticationFlags(description.oidc),
    "advertise-address": description.address,
    "bind-address": "0.0.0.0",
    "secure-port": "6443",
    "allow-privileged": "true",
    "anonymous-auth": "false",
    profiling: "false",
    "client-ca-file": pki("ca.crt"),
    "tls-cert-file": pki("apiserver.crt"),
    "tls-private-key-file": pki("apiserver.key"),
    "etcd-servers": "https://127.0.0.1:2379",
    "etcd-cafile": `${etcdPki}/ca.crt`,
    "etcd-certfile": pki("apiserver-etcd-client.crt"),
    "etcd-keyfile": pki("apiserver-etcd-client.key"),
    "encryption-provider-config": encryptionConfiguration,
    // Keys are changed without a restart: `npm run rotate`.
    "encryption-provider-config-automatic-reload": "true",
    "kubelet-certificate-authority": pki("ca.crt"),
    "kubelet-client-certificate": pki("apiserver-kubelet-client.crt"),
    "kubelet-client-key": pki("apiserver-kubelet-client.key"),
    // Machines' names are in nobody's DNS, and the kubelets' certificates hold their addresses.
    "kubelet-preferred-address-types": "InternalIP,Hostname",
    "proxy-client-cert-file": pki("front-proxy-client.crt"),
    "proxy-client-key-file": pki("front-proxy-client.key"),
    "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
    "requestheader-allowed-names": frontProxyCommonName,
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    // Clients read their token again before it ends; one that does not is refused after an hour, and not after a year.
    "service-account-extend-token-expiration": "false",
    "service-account-issuer": `https://kubernetes.default.svc.${description.clusterDomain}`,
    "service-account-key-file": pki("service-account.pub"),
    "service-account-signing-key-file": pki("service-account.key"),
    "service-cluster-ip-range": description.serviceCidr,
    "audit-policy-file": auditPolicyPath,
    "audit-log-path": "/var/log/kubernetes/audit/audit.log",
    "audit-log-maxage": "30",
    "audit-log-maxbackup": "10",
    "audit-log-maxsize": "100",
  };
}
