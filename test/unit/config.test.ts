import { describe, expect, test } from "vitest";
import { configurationWarnings } from "../../components/checks/warnings";
import { validateConfig } from "../../components/checks/validate";
import { configOf, publicKey, smallest } from "./config-values";

describe("configuration", () => {
  test("the smallest stack is completed with defaults", () => {
    expect(configOf()).toEqual({
      clusterName: "dev",
      kubernetes: {
        version: "1.36.3",
        authorization: { mode: "AlwaysAllow" },
        clusterDomain: "cluster.local",
        localhostApi: false,
        serviceExternalIps: false,
      },
      network: { hostCidr: "192.168.0.0/27", podCidr: "172.17.0.0/16", serviceCidr: "10.0.0.0/16", dnsServers: [] },
      access: { mode: "direct", externalNetwork: "Ext-Net" },
      adminCidrs: ["203.0.113.7/32"],
      nodePortCidrs: [],
      ssh: { publicKey, user: "debian" },
      masters: { image: "Debian 12", flavor: "d2-4", generation: 1, count: 1, etcdVolume: { sizeGiB: 10 } },
      backup: { snapshots: { intervalHours: 6, keep: 28 } },
      nodePools: [
        {
          name: "default",
          count: 1,
          addressOffset: 15,
          image: "Debian 12",
          flavor: "d2-4",
          generation: 1,
          labels: {},
          taints: [],
        },
      ],
      certificates: {
        validityHours: 8760,
        earlyRenewalHours: 720,
        authorityValidityHours: 87600,
        authorities: { issuing: 1, trusted: [1] },
      },
      artifacts: { checksums: {}, registryMirrors: {} },
      addons: { networkPolicy: true },
      rollout: { maxUnavailable: 1, drainMinutes: 10 },
      readiness: { timeoutMinutes: 20 },
      protectData: true,
    });
  });

  test("the engine's texts, JSON and blanks mean the same as structured values", () => {
    const texts = {
      nodes: "3",
      floatingIpNodes: "false",
      access: "floatingIp",
      adminCidrs: '["203.0.113.7/32","198.51.100.0/24"]',
      etcdVolume: '{"enabled":true,"sizeGiB":"20"}',
      vlanId: "",
      existingNetwork: "",
      nodePools: "{}",
    };
    const values = {
      nodes: 3,
      floatingIpNodes: false,
      access: "floatingIp",
      adminCidrs: ["203.0.113.7/32", "198.51.100.0/24"],
      etcdVolume: { sizeGiB: 20 },
    };
    expect(configOf(texts)).toEqual(configOf(values));
    expect(configOf(texts).access).toEqual({ mode: "floatingIp", externalNetwork: "Ext-Net", nodes: false });
    expect(configOf(texts).nodePools[0]?.count).toBe(3);
  });

  test("a list may be its elements with commas", () => {
    expect(configOf({ adminCidrs: "203.0.113.7/32, 198.51.100.0/24" }).adminCidrs).toHaveLength(2);
  });

  test("the number of nodes is one value, beside a full form as well", () => {
    const nodePools = { default: { flavor: "b3-16" }, batch: { count: 1, addressOffset: 25 } };
    const pools = configOf({ nodes: 4, nodePools }).nodePools;
    expect(pools.map(({ name, count, flavor, addressOffset }) => [name, count, flavor, addressOffset])).toEqual([
      ["default", 4, "b3-16", 15],
      ["batch", 1, "d2-4", 25],
    ]);
  });

  test("a pool default that is told nothing of its number has one node, so that its generation can be raised alone", () => {
    expect(configOf({ nodePools: { default: { generation: 2 } } }).nodePools).toMatchObject([
      { count: 1, generation: 2 },
    ]);
    const nodePools = { default: {}, batch: { count: 2, addressOffset: 25 } };
    expect(configOf({ nodePools }).nodePools.map(({ name, count }) => [name, count])).toEqual([
      ["default", 1],
      ["batch", 2],
    ]);
  });

  test("an authorizer comes with what it needs, beside the two that the cluster's own components need", () => {
    const abacPolicy = [{ user: "alice", namespace: "shop", resource: "*", apiGroup: "*", readonly: "true" }];
    expect(configOf({ authorization: "ABAC", abacPolicy }).kubernetes.authorization).toEqual({
      mode: "ABAC",
      policy: [{ user: "alice", namespace: "shop", resource: "*", apiGroup: "*", readonly: true }],
    });
  });

  test("a pool has its own shape, labels and taints", () => {
    const taint = { key: "example.org/batch", value: "true", effect: "NoSchedule" };
    const batch = { count: 2, image: "Ubuntu 24.04", labels: { "example.org/tier": "batch" }, taints: [taint] };
    expect(configOf({ nodePools: { batch } }).nodePools).toEqual([
      { name: "batch", flavor: "d2-4", addressOffset: 15, generation: 1, ...batch },
    ]);
  });

  test("the master has its own shape by short or full form", () => {
    expect(configOf({ masterFlavor: "b3-8" }).masters.flavor).toBe("b3-8");
    const master = { flavor: "b3-16", image: "Debian 13", availabilityZone: "az-1" };
    expect(configOf({ master }).masters).toMatchObject(master);
  });

  test("image and flavor may be left out when every machine names its own", () => {
    const shape = { image: "Debian 13", flavor: "b3-8" };
    const config = configOf({ image: "", flavor: "", master: shape, nodePools: { web: { ...shape, count: 1 } } });
    expect([config.masters.image, config.nodePools[0]?.flavor]).toEqual(["Debian 13", "b3-8"]);
  });

  test("etcd's volume is off with false, on with true", () => {
    for (const etcdVolume of [false, "false", { enabled: false }]) {
      expect(configOf({ etcdVolume }).masters).not.toHaveProperty("etcdVolume");
    }
    expect(configOf({ etcdVolume: true }).masters.etcdVolume).toEqual({ sizeGiB: 10 });
  });

  test("snapshots are off with false, and have the cluster's name as their prefix in object storage", () => {
    expect(configOf({ etcdSnapshots: "false" }).backup).toEqual({});
    expect(configOf({ etcdSnapshots: { intervalHours: "12" } }).backup).toEqual({
      snapshots: { intervalHours: 12, keep: 28 },
    });
    const s3 = {
      ...{ endpoint: "https://s3.example/", region: "gra", bucket: "backups", accessKey: "somebody" },
      ...{ secretKey: "hidden", passphrase: "x".repeat(20) },
    };
    const result = validateConfig(
      {
        ...smallest,
        etcdSnapshots: JSON.stringify({ keep: 7, s3 }),
        etcdRestore: "s3://other/prod/snapshot-20261127T145800Z.sealed",
      },
      { stackName: "prod", secretKeys: new Set(["etcdSnapshots"]) },
    );
    expect("config" in result && result.config.backup).toEqual({
      snapshots: { intervalHours: 6, keep: 7 },
      storage: { ...s3, endpoint: "https://s3.example", prefix: "prod", keep: 7 },
      restore: "s3://other/prod/snapshot-20261127T145800Z.sealed",
    });
  });

  test("the cluster has the name of the stack, made a DNS label", () => {
    expect(configOf({}, "Team_A.prod").clusterName).toBe("team-a-prod");
    expect(configOf({ clusterName: "shop" }, "Team_A.prod").clusterName).toBe("shop");
  });

  test("no access needs no external network", () => {
    expect(configOf({ access: "none", externalNetwork: "" }).access).toEqual({ mode: "none" });
  });

  test("an existing network and a mirror are taken over", () => {
    const existingNetwork = { networkId: "4ca1b2d0-1111-4222-8333-944455556666", subnetId: "0".repeat(32) };
    expect(configOf({ existingNetwork }).network.existing).toEqual(existingNetwork);
    // Machines with an interface on the external network are told their resolvers, wherever they are.
    expect(configOf({ existingNetwork, dnsServers: ["192.0.2.1"] }).network.dnsServers).toEqual(["192.0.2.1"]);
    expect(configOf({ artifactMirror: "http://mirror.example/files/" }).artifacts.mirror).toBe(
      "http://mirror.example/files",
    );
  });
});

describe("warnings", () => {
  test("name what is dangerous, and nothing else", () => {
    expect(configurationWarnings(configOf({ authorization: "RBAC" }))).toEqual([]);
    const warnings = configurationWarnings(configOf({ adminCidrs: ["0.0.0.0/0"], etcdVolume: false }));
    expect(warnings).toEqual([
      "adminCidrs holds 0.0.0.0/0: SSH and the Kubernetes API answer to the whole internet.",
      expect.stringContaining("authorization is AlwaysAllow"),
      expect.stringContaining("etcdVolume is off"),
    ]);
  });

  test("name what is fetched over plain HTTP without a checksum of one's own or the table's", () => {
    const warningsWith = (changes: Readonly<Record<string, unknown>>) =>
      configurationWarnings(configOf({ authorization: "RBAC", ...changes }));
    const mirror = "http://mirror.example/files";
    expect(warningsWith({ artifactMirror: mirror })).toEqual([
      expect.stringMatching(
        /^artifactMirror is plain HTTP, by which kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy, containerd, runc come/,
      ),
    ]);
    expect(warningsWith({ artifactMirror: mirror.replace("http:", "https:") })).toEqual([]);
    const unpinned = [
      ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"].map(
        (name) => `dl.k8s.io/release/v1.36.3/bin/linux/amd64/${name}`,
      ),
      "github.com/containerd/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz",
      "github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64",
    ];
    const artifactChecksums = Object.fromEntries(unpinned.map((location) => [location, "a".repeat(64)]));
    expect(warningsWith({ artifactMirror: mirror, artifactChecksums })).toEqual([]);
    // Those of one release are not those of another.
    const kubernetesVersion = "1.36.4";
    expect(warningsWith({ artifactMirror: mirror, artifactChecksums, kubernetesVersion })).toEqual([
      expect.stringContaining("kube-apiserver"),
    ]);
    const registryMirrors = {
      "docker.io": ["https://a.example", "HTTP://b.example"],
      "ghcr.io": ["https://a.example"],
    };
    expect(warningsWith({ registryMirrors })).toEqual([
      expect.stringContaining("registryMirrors has plain HTTP for docker.io: images go by tag"),
    ]);
  });
});
