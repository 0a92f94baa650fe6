/**
 * Versions that the mirror offers, in the notation of their releases. One edit here, then
 * `npx node lab/mirror/update-modules.ts`, which writes the module files of the new version below `modules/`.
 */
export const versions = {
  /** The first is the one that image helpers (pause, agnhost) are taken from. */
  kubernetes: ["v1.36.3"],
  /** What the suite `upgrade` starts from; built for it alone. */
  earlierKubernetes: "v1.35.4",
  /**
   * Run by hand before it becomes the first, with the tag of its test image: `KOVHERNETES_LAB_KUBERNETES` with the
   * suite `control-plane`. docs/releasing.md has the steps.
   */
  nextKubernetes: "v1.37.2",
  nextAgnhost: "2.66.1",
  etcd: "v3.6.8",
  containerd: "v2.4.2",
  runc: "v1.5.2",
  cniPlugins: "v1.9.1",
  flannel: "v0.28.10",
  /**
   * Tag of flannel's CNI plugin image in flannel's own manifest. Its program is built from the last release of
   * containernetworking/plugins that held it ({@link flannelCniSource}), the repository of the tag not being at hand.
   */
  flannelCniPlugin: "v1.9.1-flannel3",
  flannelCniSource: "v0.9.1",
  flannelCniLibrary: "v1.3.0",
  coredns: "v1.15.0",
  /** Same Linux program in each: 3.10.2 is what Kubernetes 1.36 and containerd 2.4 name. */
  pause: ["3.10.2", "3.10.1"],
  /** Tag of the test image, from `test/images/agnhost/VERSION` of the first Kubernetes version. */
  agnhost: "2.63.0",
  networkPolicies: "v0.8.0",
  crane: "v0.22.1",
  registry: "v3.1.2",
  versitygw: "v1.8.0",
} as const;
