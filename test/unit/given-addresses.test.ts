import { describe, expect, it } from "vitest";
import { configurationWarnings } from "../../components/checks/warnings";
import { validateConfig } from "../../components/checks/validate";
import type { RecordedMachine } from "../../components/model/recorded";
import { configOf, problemsOf, smallest } from "./config-values";

const s3 = (endpoint: string) => ({
  s3: {
    endpoint,
    region: "gra",
    bucket: "backups",
    accessKey: "a",
    secretKey: "b",
    passphrase: "a passphrase of some length",
  },
});
const webhook = (server: string) => ({
  authorization: "Webhook",
  authorizationWebhook: JSON.stringify({
    clusters: [{ name: "a", cluster: { server } }],
    users: [{ name: "a", user: { token: "t" } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  }),
});

describe("an address that a person gives", () => {
  it.each([
    ["the cluster's own DNS", { dnsServers: ["10.0.0.10"] }, "dnsServers", /cluster's own DNS, which would ask itself/],
    ["a resolver among pods", { dnsServers: ["9.9.9.9", "172.17.0.2"] }, "dnsServers", /podCidr 172.17.0.0\/16/],
    ["a resolver among services", { dnsServers: ["10.0.9.9"] }, "dnsServers", /serviceCidr 10.0.0.0\/16/],
    ["a resolver that is a master", { dnsServers: ["192.168.0.10"] }, "dnsServers", /the cluster's machines/],
    ["a resolver that is a node", { dnsServers: ["192.168.0.15"] }, "dnsServers", /the cluster's machines/],
    ["of other networks", { dnsServers: ["10.8.0.10"], serviceCidr: "10.8.0.0/16" }, "dnsServers", /own DNS/],
    ["administrators among pods", { adminCidrs: ["172.17.4.0/24"] }, "adminCidrs", /podCidr/],
    ["node ports' clients among pods", { nodePortCidrs: ["172.17.4.9/32"] }, "nodePortCidrs", /podCidr/],
    ["a mirror of files", { artifactMirror: "https://10.0.3.4/files" }, "artifactMirror", /serviceCidr/],
    [
      "a mirror of images",
      { registryMirrors: { "registry.k8s.io": ["https://mirror.example", "https://172.17.1.1:5000"] } },
      'registryMirrors["registry.k8s.io"][1]',
      /podCidr/,
    ],
    ["storage", { etcdSnapshots: s3("https://10.0.3.4") }, "etcdSnapshots.s3.endpoint", /serviceCidr/],
    ["who is asked for rights", webhook("https://172.17.1.1/authorize"), "authorizationWebhook", /podCidr/],
  ])("is refused in a network of the cluster: %s", (_, changes, key, reason) => {
    const [problem, ...others] = problemsOf(changes, ["etcdSnapshots", "authorizationWebhook"]);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ key });
    expect(problem?.reason).toMatch(reason);
    expect(problem?.remedy).toMatch(/^give an address outside the cluster/);
  });

  it.each([
    ["Neutron's own resolver", { dnsServers: ["192.168.0.2"] }],
    ["networks around the cluster's", { adminCidrs: ["0.0.0.0/0"], nodePortCidrs: ["172.16.0.0/12"] }],
    ["administrators on the machines' network", { adminCidrs: ["192.168.0.0/27"] }],
    ["administrators whose network services share", { adminCidrs: ["10.0.7.0/24"] }],
    ["names", { artifactMirror: "https://mirror.example", etcdSnapshots: s3("https://s3.example") }],
    ["a service that is asked for rights", webhook("https://10.0.3.4/authorize")],
  ])("is none of the cluster's: %s", (_, changes) => {
    expect(problemsOf(changes, ["etcdSnapshots", "authorizationWebhook"])).toEqual([]);
  });

  it("is a warning where a cluster lives with it, but for the cluster's own DNS", () => {
    const machine: RecordedMachine = {
      ...({ generation: 1, image: "Debian 12", flavor: "d2-4", role: "master" } as const),
      name: "dev-master-0",
      serverId: "s",
      kubernetes: configOf().kubernetes.version,
      etcdRestore: undefined,
      authorities: undefined,
    };
    const validated = (dnsServers: readonly string[]) =>
      validateConfig({ ...smallest, dnsServers }, { stackName: "dev", recordedMachines: [machine] });
    const result = validated(["10.0.0.2"]);
    if ("problems" in result) throw new Error(JSON.stringify(result.problems));
    expect(configurationWarnings(result.config)).toContain(
      "dnsServers 10.0.0.2 lies in serviceCidr 10.0.0.0/16, any address of which a service may get.",
    );
    expect(validated(["10.0.0.10"])).toMatchObject({ problems: [{ key: "dnsServers" }] });
  });
});
