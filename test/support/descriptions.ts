import { createHash } from "node:crypto";
import type { KeyPair, MasterDescription, NodeDescription, ReleaseFile } from "../../cloudinit/machine";

/** A key pair whose texts tell whose it is, so that a test can look for it; as long as an EC pair and as hard to compress. */
export function fakePair(owner: string): KeyPair {
  return {
    certificate: fakePem("CERTIFICATE", `certificate of ${owner}`, 600),
    privateKey: fakePem("PRIVATE KEY", `key of ${owner}`, 138),
  };
}

function fakePem(kind: string, text: string, bytes: number): string {
  const digests = Array.from({ length: Math.ceil(bytes / 64) }, (_, index) =>
    createHash("sha512").update(`${text}${index}`).digest(),
  );
  const lines = Buffer.concat(digests).subarray(0, bytes).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${kind}-----\n${text}\n${lines}\n-----END ${kind}-----\n`;
}

const mirror = "https://mirror.example";
const version = "1.36.3";

function kubernetesBinary(name: string): ReleaseFile {
  const url = `${mirror}/dl.k8s.io/release/v${version}/bin/linux/amd64/${name}`;
  return {
    name,
    version,
    url,
    checksum: { url: `${url}.sha256` },
    install: { kind: "binary", path: `/opt/kovhernetes/bin/${name}` },
  };
}

function archive(name: string, directory: string, stripComponents: number, members: readonly string[]): ReleaseFile {
  return {
    name,
    version: "2.0.0",
    url: `${mirror}/${name}-2.0.0-linux-amd64.tar.gz`,
    checksum: { sha256: "ab".repeat(32) },
    install: { kind: "archive", directory, stripComponents, members },
  };
}

const binaries = "/opt/kovhernetes/bin";

export const nodeReleases: readonly ReleaseFile[] = [
  archive("containerd", binaries, 1, ["containerd", "containerd-shim-runc-v2", "ctr"]),
  {
    name: "runc",
    version: "1.5.2",
    url: `${mirror}/runc.amd64`,
    checksum: { url: `${mirror}/runc.sha256sum` },
    install: { kind: "binary", path: `${binaries}/runc` },
  },
  archive("cni-plugins", "/opt/cni/bin", 0, []),
  kubernetesBinary("kubelet"),
  kubernetesBinary("kube-proxy"),
];

export const masterReleases: readonly ReleaseFile[] = [
  ...nodeReleases,
  archive("etcd", binaries, 1, ["etcd", "etcdctl", "etcdutl"]),
  kubernetesBinary("kube-apiserver"),
  kubernetesBinary("kube-controller-manager"),
  kubernetesBinary("kube-scheduler"),
  kubernetesBinary("kubectl"),
];

/** A node as a small cluster has it. */
export const nodeDescription: NodeDescription = {
  clusterName: "test",
  hostName: "test-default-0",
  address: "192.168.0.15",
  masters: [{ hostName: "test-master-0", address: "192.168.0.10" }],
  hostCidr: "192.168.0.0/27",
  podCidr: "172.17.0.0/16",
  serviceCidr: "10.0.0.0/16",
  dnsServiceAddress: "10.0.0.10",
  clusterDomain: "cluster.local",
  sshPublicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvAgrsRPSWch0qJuoUTaTX3iyi0PAv6KPnnnx+yJn5J you@example",
  apiUrl: "https://192.168.0.10:6443",
  labels: { "node.kubernetes.io/pool": "default", "example.com/disk": "ssd" },
  taints: [{ key: "example.com/dedicated", value: "yes", effect: "NoSchedule" }],
  releases: nodeReleases,
  pauseImage: "registry.k8s.io/pause:3.10",
  registryMirrors: { "docker.io": ["http://192.168.0.1:5000"], "registry.k8s.io": ["https://harbor.example/v2/k8s"] },
  kubernetesAuthority: fakePair("kubernetes authority").certificate,
  kubeletServer: fakePair("kubelet server"),
  kubeletClient: fakePair("kubelet client"),
  kubeProxy: fakePair("kube-proxy"),
};

/** The master of the same cluster, with etcd on a volume. */
export const masterDescription: MasterDescription = {
  ...nodeDescription,
  hostName: "test-master-0",
  address: "192.168.0.10",
  labels: {},
  taints: [],
  releases: masterReleases,
  authorization: { mode: "RBAC" },
  serviceExternalIps: false,
  apiServiceAddress: "10.0.0.1",
  etcdVolumeId: "4daa8f09-7fd2-4e4c-a1b2-0123456789ab",
  backup: { snapshots: { intervalHours: 6, keep: 28 } },
  etcdAuthority: fakePair("etcd authority").certificate,
  frontProxyAuthority: fakePair("front-proxy authority").certificate,
  kubernetesAuthorityPair: fakePair("kubernetes authority"),
  etcdServer: fakePair("etcd server"),
  etcdPeer: fakePair("etcd peer"),
  etcdHealthClient: fakePair("etcd health client"),
  apiServer: fakePair("apiserver"),
  apiServerEtcdClient: fakePair("apiserver etcd client"),
  apiServerKubeletClient: fakePair("apiserver kubelet client"),
  frontProxyClient: fakePair("front-proxy client"),
  controllerManager: fakePair("controller manager"),
  scheduler: fakePair("scheduler"),
  serviceAccount: {
    publicKey: "-----BEGIN PUBLIC KEY-----\nof accounts\n-----END PUBLIC KEY-----\n",
    privateKey: fakePair("accounts").privateKey,
  },
};

/** Of every setting that a machine has only where somebody asks for it, some value. */
export const machineExtras = {
  kubelet: { maxPods: 200, evictionHard: { "memory.available": "500Mi" } },
  userDataExtra: { script: "#!/bin/sh\necho extra", when: "beforeKubernetes", revision: 1 },
  kubeProxyMode: "nftables",
  ntpServers: ["192.0.2.123", "ntp.example.org"],
} as const satisfies Partial<NodeDescription>;

/** The same for what a master alone can have. */
export const masterExtras = {
  podSecurity: "baseline",
  oidc: [
    {
      ...{ issuer: "https://accounts.example.org", audiences: ["kubernetes", "another"], usernameClaim: "email" },
      ...{ groupsClaim: "groups", prefix: "oidc:", requiredClaims: { hd: "example.org" } },
    },
  ],
  apiServerArguments: { "event-ttl": "3h" },
} as const satisfies Partial<MasterDescription>;
