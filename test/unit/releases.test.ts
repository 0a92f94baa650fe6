import { describe, expect, test } from "vitest";
import { defaultKubernetesVersion, supportedMinors } from "../../components/model/release-table";
import { images, releaseFiles } from "../../components/plan/releases";

const config = (artifacts: { mirror?: string; checksums?: Record<string, string> } = {}, version = "1.36.3") => ({
  kubernetes: { version },
  artifacts: { checksums: {}, registryMirrors: {}, ...artifacts },
});
const named = (files: ReturnType<typeof releaseFiles>, name: string) => files.find((file) => file.name === name);
const officialServer = "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-apiserver";

describe("release files", () => {
  test("a node fetches no part of the control plane", () => {
    const names = (role: "master" | "node") => releaseFiles(config(), role).map(({ name }) => name);
    expect(names("node")).toEqual(["kubelet", "kube-proxy", "containerd", "runc", "cni"]);
    expect(names("master")).toEqual([
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kubectl",
      ...["kubelet", "kube-proxy", "etcd", "containerd", "runc", "cni"],
    ]);
  });

  test("come from their official addresses", () => {
    expect(releaseFiles(config(), "master").map(({ url }) => url)).toEqual([
      ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kubelet", "kube-proxy"].map(
        (name) => `https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/${name}`,
      ),
      "https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz",
      "https://github.com/containerd/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz",
      "https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64",
      "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
    ]);
  });

  test("are checked against the official figure where it is known, else against the file beside them", () => {
    const files = releaseFiles(config(), "master");
    const digest: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);
    for (const name of ["kubelet", "kubectl", "etcd", "cni"])
      expect(named(files, name)?.checksum).toEqual({ sha256: digest });
    expect(named(files, "kube-apiserver")?.checksum).toEqual({ url: `https://${officialServer}.sha256` });
    const releases = "https://github.com";
    expect(named(files, "containerd")?.checksum).toEqual({
      url: `${releases}/containerd/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz.sha256sum`,
    });
    expect(named(files, "runc")?.checksum).toEqual({
      url: `${releases}/opencontainers/runc/releases/download/v1.5.2/runc.sha256sum`,
    });
  });

  test("a version whose figure is not known is never checked against that of another", () => {
    expect(named(releaseFiles(config({}, "1.37.2"), "node"), "kubelet")?.checksum).toEqual({
      url: "https://dl.k8s.io/release/v1.37.2/bin/linux/amd64/kubelet.sha256",
    });
  });

  test("a mirror keeps host and path, of checksum files too, and a stack's own checksum wins", () => {
    const mirror = "http://mirror.example:8080/files";
    const checksum = "a".repeat(64);
    const checksums = { "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet": checksum };
    const files = releaseFiles(config({ mirror, checksums }), "master");
    expect(named(files, "kube-apiserver")).toMatchObject({
      url: `${mirror}/${officialServer}`,
      checksum: { url: `${mirror}/${officialServer}.sha256` },
    });
    expect(named(files, "kubelet")?.checksum).toEqual({ sha256: checksum });
  });

  test("go where the units look for them", () => {
    const files = releaseFiles(config(), "master");
    expect(named(files, "kubelet")?.install).toEqual({ kind: "binary", path: "/opt/kovhernetes/bin/kubelet" });
    expect(named(files, "cni")?.install).toMatchObject({ kind: "archive", directory: "/opt/cni/bin" });
    expect(named(files, "etcd")?.install).toMatchObject({
      stripComponents: 1,
      members: ["etcd", "etcdctl", "etcdutl"],
    });
  });

  test("a version outside the table is refused with those inside", () => {
    expect(() => releaseFiles(config({}, "1.20.0"), "node")).toThrow(
      "Kubernetes 1.20.0 is not one of 1.35, 1.36, 1.37",
    );
  });
});

describe("images", () => {
  test("the default release has these", () => {
    expect(images(config({}, defaultKubernetesVersion))).toEqual({
      pause: "registry.k8s.io/pause:3.10.2",
      coredns: "docker.io/coredns/coredns:1.15.0",
      flannel: "ghcr.io/flannel-io/flannel:v0.28.10",
      flannelCni: "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3",
      networkPolicies: "registry.k8s.io/networking/kube-network-policies:v0.8.0",
    });
  });

  test("every supported minor has images, each with a tag", () => {
    for (const minor of supportedMinors) {
      for (const image of Object.values(images(config({}, `${minor}.0`))))
        expect(image).toMatch(/^[a-z0-9.]+\/.+:v?\d/);
    }
  });
});
