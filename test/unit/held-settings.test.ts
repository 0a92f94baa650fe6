import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { describeCluster } from "../../components/description/cluster";
import { masterUserDataText, nodeUserDataText, type PairSource } from "../../components/description/user-data";
import type { ClusterConfig } from "../../components/model/cluster";
import { planAddresses } from "../../components/plan/addresses";
import { planMachines, type MachinePlan } from "../../components/plan/machines";
import { directAccess, exampleCluster, examplePool, floatingAccess } from "../components/example-cluster";

const text = (kind: string) => pulumi.output(`-----BEGIN ${kind}-----\nMIIB\n-----END ${kind}-----\n`);
const pair = { certificate: text("CERTIFICATE"), privateKey: text("PRIVATE KEY") };
const pairs: PairSource = {
  authorities: { kubernetes: pair, etcd: pair, "front-proxy": pair },
  machinePair: () => pair,
  serviceAccount: { publicKey: text("PUBLIC KEY"), privateKey: text("PRIVATE KEY") },
  trusted: { kubernetes: text("CERTIFICATE"), etcd: text("CERTIFICATE"), "front-proxy": text("CERTIFICATE") },
};

function machinesOf(config: ClusterConfig) {
  const addresses = planAddresses({ ...config.network, masterCount: 1, pools: config.nodePools });
  const plans = planMachines(config, addresses);
  const cluster = describeCluster(config, plans.slice(0, 1), addresses, "join");
  const volume =
    config.masters.etcdVolume === undefined ? undefined : pulumi.output("0b1d6a3c-0f4e-4c2a-8d7b-6e5f4a3b2c1d");
  const userData = (plan: MachinePlan): Promise<string> =>
    new Promise((resolve) => {
      const rendered =
        plan.role === "master"
          ? masterUserDataText(plan, cluster, pairs, volume)
          : nodeUserDataText(plan, cluster, pairs);
      rendered.apply(resolve);
    });
  return plans.map((plan) => ({ plan, userData: () => userData(plan) }));
}

const base = exampleCluster();
const { etcdVolume: _volume, ...bare } = base.masters;
const storage = {
  ...{ endpoint: "https://s3.example", region: "r", bucket: "b", prefix: "p", keep: 1, accessKey: "a" },
  ...{ secretKey: "secret", passphrase: "a passphrase of some length" },
};
const kubernetes = (changes: Partial<ClusterConfig["kubernetes"]>) => ({
  kubernetes: { ...base.kubernetes, ...changes },
});
const network = (changes: Partial<ClusterConfig["network"]>) => ({ network: { ...base.network, ...changes } });
const artifacts = (changes: Partial<ClusterConfig["artifacts"]>) => ({ artifacts: { ...base.artifacts, ...changes } });
const pool = (changes: Partial<ReturnType<typeof examplePool>>) => ({
  nodePools: [{ ...examplePool("default", 1, 15), ...changes }],
});
const kubelet = "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet";
const apiServer = "dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-apiserver";

/** One change of each part of the configuration; those of certificates, images and machines' number are not in user data's text. */
const changes: readonly (readonly [string, Partial<ClusterConfig>])[] = [
  ["nothing", {}],
  ["authorization", kubernetes({ authorization: { mode: "RBAC" } })],
  ["abacPolicy", kubernetes({ authorization: { mode: "ABAC", policy: [{ user: "alice", resource: "*" }] } })],
  ["localhostApi", kubernetes({ localhostApi: true })],
  ["serviceExternalIps", kubernetes({ serviceExternalIps: true })],
  ["clusterDomain", kubernetes({ clusterDomain: "example.local" })],
  ["podCidr", network({ podCidr: "172.18.0.0/16" })],
  ["serviceCidr", network({ serviceCidr: "10.1.0.0/16" })],
  ["hostCidr", network({ hostCidr: "192.168.4.0/27" })],
  ["dnsServers of direct access", network({ dnsServers: ["192.0.2.54"] })],
  ["access", { access: floatingAccess }],
  ["externalNetwork", { access: { ...directAccess, externalNetwork: "other" } }],
  ["adminCidrs", { adminCidrs: ["203.0.113.0/24"] }],
  ["nodePortCidrs", { nodePortCidrs: ["203.0.113.0/24"] }],
  ["sshUser", { ssh: { ...base.ssh, user: "ubuntu" } }],
  ["etcdVolume off", { masters: bare }],
  ["etcdVolume.sizeGiB", { masters: { ...bare, etcdVolume: { sizeGiB: 20 } } }],
  ["etcdSnapshots.intervalHours", { backup: { snapshots: { intervalHours: 12, keep: 28 } } }],
  ["etcdSnapshots off", { backup: {} }],
  ["etcdSnapshots.s3", { backup: { ...base.backup, storage } }],
  ["artifactMirror", artifacts({ mirror: "https://mirror.example" })],
  ["artifactChecksums of all", artifacts({ checksums: { [kubelet]: "0".repeat(64) } })],
  ["artifactChecksums of masters", artifacts({ checksums: { [apiServer]: "0".repeat(64) } })],
  ["artifactChecksums of nobody", artifacts({ checksums: { "example.org/file": "0".repeat(64) } })],
  ["registryMirrors", artifacts({ registryMirrors: { "docker.io": ["https://mirror.example"] } })],
  ["labels", pool({ labels: { "example.org/tier": "web" } })],
  ["taints", pool({ taints: [{ key: "a", value: "b", effect: "NoSchedule" }] })],
  ["kubelet of a pool", pool({ kubelet: { maxPods: 200 } })],
  ["kubelet of the master", { masters: { ...base.masters, kubelet: { maxPods: 200 } } }],
  ["userDataExtra", pool({ userDataExtra: { script: "#!/bin/sh\n", when: "beforeKubernetes", revision: 1 } })],
  [
    "oidc",
    kubernetes({
      oidc: [
        { issuer: "https://a.example", audiences: ["k"], usernameClaim: "sub", prefix: "oidc:", requiredClaims: {} },
      ],
    }),
  ],
  ["podSecurity", kubernetes({ podSecurity: "baseline" })],
  ["apiServer", kubernetes({ apiServerArguments: { "event-ttl": "3h" } })],
  ["kubeProxy", kubernetes({ kubeProxyMode: "nftables" })],
  ["ntpServers", network({ ntpServers: ["ntp.example.org"] })],
  ["maxUnavailable", { rollout: { maxUnavailable: 2, drainMinutes: 5 } }],
  ["readinessTimeoutMinutes", { readiness: { timeoutMinutes: 5 } }],
  ["protectData", { protectData: false }],
];

describe("settings that are recorded of a machine", () => {
  it.each(changes)("change if and only if its user data does: %s", async (_, change) => {
    const [before, after] = [machinesOf(base), machinesOf({ ...base, ...change })];
    for (const [index, machine] of before.entries()) {
      const other = after[index];
      if (other === undefined) throw new Error("one machine less");
      const isOther = (await machine.userData()) !== (await other.userData());
      const isRecorded =
        JSON.stringify(machine.plan.madeWith.settings) !== JSON.stringify(other.plan.madeWith.settings);
      expect([machine.plan.hostName, isRecorded]).toEqual([machine.plan.hostName, isOther]);
    }
  });
});
