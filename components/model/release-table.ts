/** What runs beside one minor release of Kubernetes; versions without the leading `v`. */
export interface Release {
  readonly etcd: string;
  readonly containerd: string;
  readonly runc: string;
  readonly cniPlugins: string;
  /** Tag of `registry.k8s.io/pause`, from kubeadm's `PauseVersion` of that minor. */
  readonly pause: string;
  readonly coredns: string;
  readonly flannel: string;
  /** Tag of flannel's CNI plugin image, from the `Documentation/kube-flannel.yml` of that flannel release. */
  readonly flannelCni: string;
  readonly networkPolicies: string;
}

// etcd 3.6.8 is kubeadm's own choice for 1.36, later than its choice for 1.35 (3.6.6) and above the least that 1.37
// accepts (3.5.24): one version for all keeps an upgrade of Kubernetes from being one of etcd as well.
const common = {
  etcd: "3.6.8",
  containerd: "2.4.2",
  runc: "1.5.2",
  cniPlugins: "1.9.1",
  coredns: "1.15.0",
  flannel: "0.28.10",
  flannelCni: "1.9.1-flannel3",
  networkPolicies: "0.8.0",
};

const releases: Readonly<Record<string, Release>> = {
  "1.35": { ...common, pause: "3.10.1" },
  "1.36": { ...common, pause: "3.10.2" },
  "1.37": { ...common, pause: "3.10.2" },
};

export const defaultKubernetesVersion = "1.36.3";

/** Minor releases of Kubernetes that the table knows, oldest first. */
export const supportedMinors: readonly string[] = Object.keys(releases);

/**
 * Official SHA-256 of release files by `<host>/<path>`, as published in kubespray's
 * `roles/kubespray_defaults/vars/main/checksums.yml` (commit 46dbdd399). It lists neither containerd 2.4.2 nor runc 1.5.2 nor the
 * control plane's binaries: those are checked against the file that upstream publishes beside them.
 */
export const officialChecksums: Readonly<Record<string, string>> = {
  "dl.k8s.io/release/v1.35.8/bin/linux/amd64/kubelet":
    "6971b9f95e54dbed67a2271abe6e78f8cc2894494649f3cf39e4b25a82dca923",
  "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet":
    "46707a53209f826ad0f0d62371ac69cd00e78fd9a8176cf5f6f87f18f7f8b718",
  "dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet":
    "cf2562db46c48ab84cc3791540778ee7fb1a0a008529adbb434723dd02ed8b4b",
  "dl.k8s.io/release/v1.35.8/bin/linux/amd64/kubectl":
    "874d5e72dbb819f43cff16bcd1e4f8bac5b7f2361fe1e55049b0a6c676fb0cbf",
  "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubectl":
    "ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336",
  "dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubectl":
    "8b8f088da2dab964f853b38464033b1be15ede2839eca751482357c45abdd05a",
  "github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz":
    "cf9cfe91a4856cb90eed9c99e6aee4b708db2c7888b88a6f116281f04b0ea693",
  "github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz":
    "b98f74a0f8522f0a83867178729c1aa70f2158f90c45a2ca8fa791db1c76b303",
};

/** The minor release that a version belongs to: `1.36` for `1.36.3`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** @throws RangeError for a version outside the table. */
export function releaseOf(version: string): Release {
  const release = releases[minorOf(version)];
  if (release === undefined) throw new RangeError(`Kubernetes ${version} is not one of ${supportedMinors.join(", ")}`);
  return release;
}
