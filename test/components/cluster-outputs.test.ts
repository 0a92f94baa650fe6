import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { leakedSecrets, plain, pretendCloud, pretendedAddress, pretendedPem, promiseOf } from "../support/mocks";
import { decodeUserData, parseUserData } from "../support/user-data";
import { directAccess, floatingAccess, floatingMasters, privateAccess } from "./example-cluster";

const serverType = "openstack:compute/instance:Instance";
const keyType = "tls:index/privateKey:PrivateKey";

let run: typeof import("./run-cluster").run;
let ofType: typeof import("./run-cluster").ofType;
beforeAll(async () => {
  await pretendCloud();
  ({ run, ofType } = await import("./run-cluster.ts"));
});

describe("secrets", () => {
  it("are in no input outside a secret, nor in any output of a component", async () => {
    for (const access of [directAccess, floatingAccess]) {
      const { resources, outputs, result } = await run({ access });
      const keys = ofType(resources, keyType).map((key) => key.state["privateKeyPem"] as string);
      expect(keys.length).toBeGreaterThan(0);
      const userData = ofType(resources, serverType).map((one) => plain(one.inputs["userData"]) as string);
      const secrets = [...keys, ...userData, result.kubeconfig];
      const leaks = resources.flatMap(({ type, name, inputs }) => leakedSecrets(inputs, secrets, `${type} ${name}`));
      expect(leaks).toEqual([]);
      expect([...outputs].flatMap(([urn, output]) => leakedSecrets(output, secrets, urn))).toEqual([]);
    }
  });

  it("stay secret as outputs of the cluster", async () => {
    const { result } = await run();
    expect(await pulumi.isSecret(result.cluster.kubeconfig)).toBe(true);
    const { apiUrl, machines, certificateExpiry } = result.cluster;
    const open = [pulumi.isSecret(apiUrl), pulumi.isSecret(machines), pulumi.isSecret(certificateExpiry)];
    expect(await Promise.all(open)).toEqual([false, false, false]);
  });
});

describe("inside the cluster", () => {
  it("everything is made through the cluster's own provider, which a renewed certificate does not replace", async () => {
    const { resources } = await run();
    const [provider, ...more] = ofType(resources, "pulumi:providers:kubernetes");
    expect(more).toEqual([]);
    expect(provider?.inputs).toMatchObject({ clusterIdentifier: "dev" });
    const inside = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(inside.length).toBeGreaterThan(0);
    for (const { provider: used } of inside) expect(used).toContain(`::${provider?.name ?? ""}::`);
  });

  it("every workload is one that readiness waits for, in place of the provider, and there is no other", async () => {
    const { addonWorkloads } = await import("../../components/addons/addons.ts");
    const made = (await run()).resources.filter(({ type }) => /^kubernetes:apps\//.test(type));
    const metadata = made.map(({ type, inputs }) => ({
      kind: type.replace(/^.*:/, ""),
      metadata: inputs["metadata"] as { name: string; namespace: string; annotations?: Record<string, string> },
    }));
    const workloads = addonWorkloads({ networkPolicy: true });
    expect(metadata.map(({ kind, metadata: { name, namespace } }) => ({ kind, namespace, name }))).toEqual(
      expect.arrayContaining([...workloads]),
    );
    expect(metadata).toHaveLength(workloads.length);
    for (const { metadata: one } of metadata) expect(one.annotations).toMatchObject({ "pulumi.com/skipAwait": "true" });
  });

  it("an account that may change nodes, whose token is on all of them, is held to its own before it has pods", async () => {
    const { resources } = await run();
    const rights = ofType(resources, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
      .filter(({ inputs }) => /"(patch|update|\*)"/.test(JSON.stringify(inputs["rules"])))
      .map(({ name }) => name);
    const policies = ofType(resources, "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy");
    expect(policies.map(({ name }) => name)).toEqual(rights);
    const [policy] = policies;
    expect(JSON.stringify(policy?.inputs)).toContain("system:serviceaccount:kube-flannel:flannel");
    const bindings = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding";
    const [binding, ...more] = ofType(resources, bindings);
    expect(more).toEqual([]);
    const { name: policyName } = policy?.inputs["metadata"] as { name: string };
    expect(binding?.inputs["spec"]).toEqual({ policyName, validationActions: ["Deny"] });
    const daemonSet = ofType(resources, "kubernetes:apps/v1:DaemonSet")[0];
    const before = [daemonSet?.options.dependsOn ?? []].flat() as pulumi.Resource[];
    expect(await Promise.all(before.map(({ urn }) => promiseOf(urn)))).toContainEqual(
      expect.stringContaining(bindings),
    );
  });

  it("the provider uses the break-glass identity, since the administrator's rights are among what it makes", async () => {
    const { resources, result } = await run();
    const provider = ofType(resources, "pulumi:providers:kubernetes")[0]?.inputs["kubeconfig"];
    const certificate = (kubeconfig: string) => {
      const { users } = parse(kubeconfig) as { users: { user: Record<string, string> }[] };
      return Buffer.from(users[0]?.user["client-certificate-data"] ?? "", "base64").toString("utf8");
    };
    expect(certificate(plain(provider) as string)).toBe(pretendedPem("CERTIFICATE", "dev-pki-break-glass-certificate"));
    expect(certificate(result.kubeconfig)).toBe(pretendedPem("CERTIFICATE", "dev-pki-administrator-certificate"));
  });
});

describe("what cannot be made again", () => {
  it.each([true, false])(
    "is protected from the engine when protectData is %s, and nothing else ever is",
    async (protect) => {
      const { resources } = await run({ protectData: protect });
      const authorities = ["kubernetes", "etcd", "front-proxy"].map((name) => `dev-pki-${name}-authority`);
      const kept = resources.filter(({ options }) => options.protect === true).map(({ name }) => name);
      const irreplaceable = [
        ...authorities.flatMap((name) => [`${name}-key`, `${name}-certificate`]),
        "dev-pki-service-account-key",
        "dev-master-0-etcd",
      ];
      expect(kept.sort()).toEqual(protect ? irreplaceable.sort() : []);
    },
  );
});

describe("what is deleted together", () => {
  it("is the attachment of etcd's volume with its server, which lets go of it: a dead hypervisor cannot", async () => {
    const [attachment] = ofType((await run()).resources, "openstack:compute/volumeAttach:VolumeAttach");
    const { deletedWith } = attachment?.options ?? {};
    const urn = await promiseOf(pulumi.output(deletedWith?.urn));
    expect(urn).toMatch(/\$openstack:compute\/instance:Instance::dev-master-0$/);
  });
});

describe("outputs", () => {
  it.each([
    [
      "direct",
      directAccess,
      pretendedAddress("dev-master-0-port-external"),
      pretendedAddress("dev-default-0-port-external"),
    ],
    [
      "floatingIp",
      floatingAccess,
      pretendedAddress("dev-master-0-port-floating-ip"),
      pretendedAddress("dev-default-0-port-floating-ip"),
    ],
    ["floatingIp for masters alone", floatingMasters, pretendedAddress("dev-master-0-port-floating-ip"), undefined],
    ["none", privateAccess, undefined, undefined],
  ] as const)(
    "with access %s name the API and every machine by the address that answers",
    async (_, access, master, node) => {
      const { result } = await run({ access });
      const api = `https://${master ?? "192.168.0.10"}:6443`;
      expect(result.apiUrl).toBe(api);
      expect(parse(result.kubeconfig)).toMatchObject({ clusters: [{ cluster: { server: api } }] });
      expect(result.machines).toEqual([
        {
          name: "dev-master-0",
          role: "master",
          address: "192.168.0.10",
          publicAddress: master,
          ssh: `ssh debian@${master ?? "192.168.0.10"}`,
          generation: 1,
          kubernetes: "1.36.3",
          image: "debian-13",
          flavor: "b3-16",
          authorization: "AlwaysAllow",
        },
        {
          name: "dev-default-0",
          role: "node",
          address: "192.168.0.15",
          publicAddress: node,
          ssh: `ssh debian@${node ?? "192.168.0.15"}`,
          generation: 1,
          kubernetes: "1.36.3",
          image: "debian-13",
          flavor: "b3-8",
        },
      ]);
      expect(Date.parse(result.expiry)).not.toBeNaN();
    },
  );

  it("name the public address of the API in its certificate, so that TLS holds from outside", async () => {
    for (const [access, suffix] of [
      [directAccess, "external"],
      [floatingAccess, "floating-ip"],
    ] as const) {
      // prettier-ignore
      const { resources } = await run({ access });
      const master = resources.find(({ type, name }) => type === serverType && name === "dev-master-0");
      const { files } = parseUserData(decodeUserData(plain(master?.inputs["userData"]) as string));
      const certificate = new X509Certificate(files.get("/etc/kubernetes/pki/apiserver.crt")?.content ?? "");
      expect(certificate.checkIP(pretendedAddress(`dev-master-0-port-${suffix}`))).toBeDefined();
    }
  });
});
