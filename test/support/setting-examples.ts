import type { ClusterSettings } from "../../components/generated/settings";

/** What each key may look like, where its default does not show it. A test has the program take each of them. */
export const settingExamples = {
  image: "Debian 12",
  flavor: "b3-8",
  sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvAgrsRPSWch0qJuoUTaTX3iyi0PAv6KPnnnx+yJn5J you@example",
  adminCidrs: ["203.0.113.7/32"],
  externalNetwork: "Ext-Net",
  access: "floatingIp",
  nodes: 3,
  nodePools: {
    web: { count: 4, flavor: "b3-16", labels: { "example.org/tier": "web" } },
    batch: {
      count: 2,
      addressOffset: 60,
      availabilityZone: "az-2",
      taints: [{ key: "example.org/batch", effect: "NoSchedule" }],
      userDataExtra: { script: "#!/bin/sh\nset -eu\ntimedatectl set-timezone Europe/Paris\n" },
      kubelet: { maxPods: 200, evictionHard: { "memory.available": "500Mi" } },
    },
  },
  masterFlavor: "b3-16",
  master: { flavor: "b3-16", availabilityZone: "az-1", generation: 2 },
  etcdVolume: { sizeGiB: 20, type: "high-speed" },
  etcdRestore: "snapshot-20261127T145800Z.db",
  clusterName: "shop",
  nodePortCidrs: ["0.0.0.0/0"],
  dnsServers: ["192.0.2.53"],
  vlanId: 42,
  existingNetwork: {
    networkId: "4ca1b2d0-5c5e-4e8f-9a3b-2f6d1c7e8a90",
    subnetId: "9b1d6a3c-0f4e-4c2a-8d7b-6e5f4a3b2c1d",
  },
  kubernetesVersion: "1.36.4",
  authorities: "1+2",
  abacPolicy: [{ user: "alice", namespace: "shop", resource: "*", apiGroup: "*", readonly: true }],
  authorizationWebhook:
    "{ clusters: [{ name: authorizer, cluster: { server: https://authorizer.example } }], " +
    "contexts: [{ name: webhook, context: { cluster: authorizer } }], current-context: webhook }",
  artifactMirror: "https://mirror.example/kubernetes",
  artifactChecksums: {
    "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet":
      "46707a53209f826ad0f0d62371ac69cd00e78fd9a8176cf5f6f87f18f7f8b718",
  },
  oidc: [{ issuer: "https://accounts.example.org", audiences: ["kubernetes"], groupsClaim: "groups" }],
  extraSecurityRules: [{ from: "198.51.100.0/24", ports: "9100", description: "node exporter" }],
  podSecurity: "baseline",
  apiServer: { arguments: { "event-ttl": "3h", "default-unreachable-toleration-seconds": "60" } },
  kubeProxy: { mode: "nftables" },
  ntpServers: ["192.0.2.123", "ntp.example.org"],
  addons: { networkPolicy: false },
  registryMirrors: { "registry.k8s.io": ["https://mirror.example"] },
} satisfies Partial<ClusterSettings>;

/** What else has to be set for a key to have a meaning. */
export const companions: { readonly [Key in keyof ClusterSettings]?: Partial<ClusterSettings> } = {
  nodePools: { hostCidr: "192.168.0.0/24" },
  oidc: { authorization: "RBAC" },
  abacPolicy: { authorization: "ABAC" },
  authorizationWebhook: { authorization: "Webhook" },
};
