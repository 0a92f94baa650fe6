import { versions } from "./versions.ts";

/** Programs of one release, built together from the Go modules of one version. */
export interface GoComponent {
  /** Name and version, which are the folders below `modules/` too. */
  readonly name: string;
  readonly version: string;
  /** Go modules that hold the programs; the first decides Go's language version and settings. */
  readonly modules: readonly string[];
  /** Modules given another version than asked for, as arguments of `go mod edit -replace`. */
  readonly replace?: readonly string[];
  readonly programs: readonly GoProgram[];
}

/** One program, and how its official release is built. */
export interface GoProgram {
  readonly name: string;
  readonly package: string;
  readonly tags?: readonly string[];
  /** Package variables set by the linker. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Linked statically with C code (needs gcc). Without it there is no C code at all. */
  readonly cgo?: boolean;
}

/** Kubernetes and its test image's program, at one of {@link versions}. */
export function kubernetesComponent(version: string): GoComponent {
  const [major = "", minor = ""] = version.slice(1).split(".");
  const variables = Object.fromEntries(
    ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((holder) => [
      [`${holder}.gitVersion`, version],
      [`${holder}.gitMajor`, major],
      [`${holder}.gitMinor`, minor],
      [`${holder}.gitTreeState`, "archive"],
    ]),
  );
  return {
    name: "kubernetes",
    version,
    modules: [`k8s.io/kubernetes@${version}`],
    programs: [
      ...kubernetesPrograms.map((name) => ({ name, package: `k8s.io/kubernetes/cmd/${name}`, variables })),
      {
        name: "agnhost",
        package: "k8s.io/kubernetes/test/images/agnhost",
        variables: { "main.Version": version === versions.nextKubernetes ? versions.nextAgnhost : versions.agnhost },
      },
    ],
  };
}

/** The release of Kubernetes that suites without machines run: the lab's first, or the one in `KOVHERNETES_LAB_KUBERNETES`, as `v1.37.2`. */
export function kubernetesOfSuites(): string {
  return process.env["KOVHERNETES_LAB_KUBERNETES"] ?? versions.kubernetes[0];
}

/** Programs of a Kubernetes release that machines and administrators use. */
export const kubernetesPrograms = [
  "kube-apiserver",
  "kubelet",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubectl",
] as const;

const cniVersion = {
  "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versions.cniPlugins,
};
const cniPlugins = [
  ...["main/bridge", "main/dummy", "main/host-device", "main/ipvlan", "main/loopback", "main/macvlan", "main/ptp"],
  ...["main/tap", "main/vlan", "ipam/dhcp", "ipam/host-local", "ipam/static"],
  ...["meta/bandwidth", "meta/firewall", "meta/portmap", "meta/sbr", "meta/tuning", "meta/vrf"],
];
const containerdVariables = { "github.com/containerd/containerd/v2/version.Version": versions.containerd };

/** Everything but Kubernetes. */
export const components = {
  etcd: {
    name: "etcd",
    version: versions.etcd,
    modules: ["server", "etcdctl", "etcdutl"].map((part) => `go.etcd.io/etcd/${part}/v3@${versions.etcd}`),
    programs: [
      { name: "etcd", package: "go.etcd.io/etcd/server/v3" },
      { name: "etcdctl", package: "go.etcd.io/etcd/etcdctl/v3" },
      { name: "etcdutl", package: "go.etcd.io/etcd/etcdutl/v3" },
    ],
  },
  containerd: {
    name: "containerd",
    version: versions.containerd,
    modules: [`github.com/containerd/containerd/v2@${versions.containerd}`],
    programs: ["containerd", "containerd-shim-runc-v2", "ctr"].map((name) => ({
      name,
      package: `github.com/containerd/containerd/v2/cmd/${name}`,
      // btrfs and zfs snapshotters need C libraries; the official static build leaves btrfs out as well.
      tags: ["osusergo", "netgo", "static_build", "urfave_cli_no_docs", "no_btrfs", "no_zfs", "no_devmapper"],
      variables: containerdVariables,
    })),
  },
  runc: {
    name: "runc",
    version: versions.runc,
    modules: [`github.com/opencontainers/runc@${versions.runc}`],
    programs: [
      {
        name: "runc",
        package: "github.com/opencontainers/runc",
        // The official build has libpathrs too, a Rust library that is not at hand.
        tags: ["seccomp", "urfave_cli_no_docs", "netgo", "osusergo"],
        cgo: true,
      },
    ],
  },
  cniPlugins: {
    name: "cni-plugins",
    version: versions.cniPlugins,
    modules: [`github.com/containernetworking/plugins@${versions.cniPlugins}`],
    programs: cniPlugins.map((plugin) => ({
      name: plugin.replace(/^.*\//, ""),
      package: `github.com/containernetworking/plugins/plugins/${plugin}`,
      variables: cniVersion,
    })),
  },
  flannelCniPlugin: {
    name: "flannel-cni-plugin",
    version: versions.flannelCniSource,
    modules: [
      `github.com/containernetworking/plugins@${versions.flannelCniSource}`,
      // With the library that it was released with, the plugin would refuse flannel's `cniVersion: 1.0.0`.
      `github.com/containernetworking/cni@${versions.flannelCniLibrary}`,
    ],
    programs: [
      {
        name: "flannel",
        package: "github.com/containernetworking/plugins/plugins/meta/flannel",
        variables: {
          "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versions.flannelCniSource,
        },
      },
    ],
  },
  flannel: {
    name: "flannel",
    version: versions.flannel,
    modules: [`github.com/flannel-io/flannel@${versions.flannel}`],
    // The version that flannel asks for cannot be had; the code serves Tencent's cloud alone.
    replace: [
      "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc=" +
        "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc@v1.0.1000",
    ],
    programs: [
      {
        name: "flanneld",
        package: "github.com/flannel-io/flannel",
        tags: ["netgo", "osusergo"],
        variables: { "github.com/flannel-io/flannel/pkg/version.Version": versions.flannel },
        cgo: true,
      },
      { name: "install-conf", package: "github.com/flannel-io/flannel/cmd/install_conf" },
    ],
  },
  coredns: {
    name: "coredns",
    version: versions.coredns,
    modules: [`github.com/coredns/coredns@${versions.coredns}`],
    programs: [{ name: "coredns", package: "github.com/coredns/coredns" }],
  },
  networkPolicies: {
    name: "kube-network-policies",
    version: versions.networkPolicies,
    modules: [`sigs.k8s.io/kube-network-policies@${versions.networkPolicies}`],
    programs: [{ name: "netpol", package: "sigs.k8s.io/kube-network-policies/cmd" }],
  },
  crane: {
    name: "crane",
    version: versions.crane,
    modules: [`github.com/google/go-containerregistry@${versions.crane}`],
    programs: [
      {
        name: "crane",
        package: "github.com/google/go-containerregistry/cmd/crane",
        variables: { "github.com/google/go-containerregistry/cmd/crane/cmd.Version": versions.crane },
      },
    ],
  },
  registry: {
    name: "registry",
    version: versions.registry,
    modules: [`github.com/distribution/distribution/v3@${versions.registry}`],
    programs: [
      {
        name: "registry",
        package: "github.com/distribution/distribution/v3/cmd/registry",
        variables: { "github.com/distribution/distribution/v3/version.version": versions.registry },
      },
    ],
  },
} satisfies Record<string, GoComponent>;

/** An S3-compatible server that keeps objects as files, for tests; no part of the mirror. */
export const objectStorage: GoComponent = {
  name: "versitygw",
  version: versions.versitygw,
  modules: [`github.com/versity/versitygw@${versions.versitygw}`],
  programs: [{ name: "versitygw", package: "github.com/versity/versitygw/cmd/versitygw" }],
};

/** Every component at every version that a mirror with these releases of Kubernetes offers, Kubernetes first since it takes longest. */
export function componentsOf(kubernetes: readonly string[]): readonly GoComponent[] {
  return [...kubernetes.map(kubernetesComponent), ...Object.values(components)];
}
