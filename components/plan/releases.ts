import type { ReleaseFile } from "../../cloudinit/machine";
import type { ClusterConfig } from "../model/cluster";

import { officialChecksums, releaseOf } from "../model/release-table";

type Artifacts = ClusterConfig["artifacts"];
type Versions = Pick<ClusterConfig["kubernetes"], "version">;
const binaryDirectory = "/opt/kovhernetes/bin";
const cniDirectory = "/opt/cni/bin";

interface OfficialFile {
  readonly name: string;
  readonly version: string;
  /** `<host>/<path>` of the file at its official address. */
  readonly location: string;
  /** `<host>/<path>` of the checksum file beside it. */
  readonly checksumLocation: string;
  readonly install: ReleaseFile["install"];
}

function kubernetesBinary(name: string, version: string): OfficialFile {
  const location = `dl.k8s.io/release/v${version}/bin/linux/amd64/${name}`;
  const install = { kind: "binary", path: `${binaryDirectory}/${name}` } as const;
  return { name, version, location, checksumLocation: `${location}.sha256`, install };
}

function etcd(version: string): OfficialFile {
  const directory = `github.com/etcd-io/etcd/releases/download/v${version}`;
  return {
    name: "etcd",
    version,
    location: `${directory}/etcd-v${version}-linux-amd64.tar.gz`,
    checksumLocation: `${directory}/SHA256SUMS`,
    install: {
      kind: "archive",
      directory: binaryDirectory,
      stripComponents: 1,
      members: ["etcd", "etcdctl", "etcdutl"],
    },
  };
}

function containerd(version: string): OfficialFile {
  const location = `github.com/containerd/containerd/releases/download/v${version}/containerd-${version}-linux-amd64.tar.gz`;
  const members = ["containerd", "containerd-shim-runc-v2", "ctr"];
  return {
    name: "containerd",
    version,
    location,
    checksumLocation: `${location}.sha256sum`,
    install: { kind: "archive", directory: binaryDirectory, stripComponents: 1, members },
  };
}

function runc(version: string): OfficialFile {
  const directory = `github.com/opencontainers/runc/releases/download/v${version}`;
  return {
    name: "runc",
    version,
    location: `${directory}/runc.amd64`,
    checksumLocation: `${directory}/runc.sha256sum`,
    install: { kind: "binary", path: `${binaryDirectory}/runc` },
  };
}

/** The plugins that flannel's CNI configuration calls; the flannel plugin itself comes with flannel's image. */
function cniPlugins(version: string): OfficialFile {
  const location = `github.com/containernetworking/plugins/releases/download/v${version}/cni-plugins-linux-amd64-v${version}.tgz`;
  const members = ["bridge", "host-local", "loopback", "portmap"];
  return {
    name: "cni",
    version,
    location,
    checksumLocation: `${location}.sha256`,
    install: { kind: "archive", directory: cniDirectory, stripComponents: 0, members },
  };
}

function addressOf(location: string, mirror: string | undefined): string {
  return mirror === undefined ? `https://${location}` : `${mirror}/${location}`;
}

function checksumOf(file: OfficialFile, artifacts: Artifacts): ReleaseFile["checksum"] {
  const sha256 = artifacts.checksums[file.location] ?? officialChecksums[file.location];
  return sha256 === undefined ? { url: addressOf(file.checksumLocation, artifacts.mirror) } : { sha256 };
}

const masterBinaries = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"];
const nodeBinaries = ["kubelet", "kube-proxy"];

/**
 * The files a machine fetches, each with its checksum: the stack's own, else the official figure where it is known, else
 * the address of the checksum file published beside it. A mirror turns `https://HOST/PATH` into `MIRROR/HOST/PATH`.
 *
 * @throws RangeError for a Kubernetes version outside the table.
 */
export function releaseFiles(
  config: { readonly kubernetes: Versions; readonly artifacts: Artifacts },
  role: "master" | "node",
): readonly ReleaseFile[] {
  const { version } = config.kubernetes;
  const release = releaseOf(version);
  const binaries = role === "master" ? [...masterBinaries, ...nodeBinaries] : nodeBinaries;
  const files = [
    ...binaries.map((name) => kubernetesBinary(name, version)),
    ...(role === "master" ? [etcd(release.etcd)] : []),
    containerd(release.containerd),
    runc(release.runc),
    cniPlugins(release.cniPlugins),
  ];
  return files.map((file) => ({
    name: file.name,
    version: file.version,
    url: addressOf(file.location, config.artifacts.mirror),
    checksum: checksumOf(file, config.artifacts),
    install: file.install,
  }));
}

/** Full references of the container images that clusters run from the start. */
export interface ClusterImages {
  readonly pause: string;
  readonly coredns: string;
  readonly flannel: string;
  readonly flannelCni: string;
  /** Of clusters that have `addons.networkPolicy`. */
  readonly networkPolicies: string;
}

/**
 * CoreDNS is taken from where its own release process puts it; registry.k8s.io has only the versions that kubeadm uses.
 *
 * @throws RangeError for a Kubernetes version outside the table.
 */
export function images(config: { readonly kubernetes: Versions }): ClusterImages {
  const release = releaseOf(config.kubernetes.version);
  return {
    pause: `registry.k8s.io/pause:${release.pause}`,
    coredns: `docker.io/coredns/coredns:${release.coredns}`,
    flannel: `ghcr.io/flannel-io/flannel:v${release.flannel}`,
    flannelCni: `ghcr.io/flannel-io/flannel-cni-plugin:v${release.flannelCni}`,
    networkPolicies: `registry.k8s.io/networking/kube-network-policies:v${release.networkPolicies}`,
  };
}
