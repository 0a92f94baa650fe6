import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RecordedMachine } from "../../components/model/recorded";
import { authoritySet } from "../support/authority-steps.ts";
import { plain, pretendCloud, pretendedPem } from "../support/mocks";
import { decodeUserData, parseUserData } from "../support/user-data";
import { exampleCluster, examplePool } from "./example-cluster";
import { ofType, run, server } from "./run-cluster";

beforeAll(pretendCloud);

const { certificates, masters } = exampleCluster();
const key = "kovhernetes:authorities";
const config = (authorities: string, generation: number) => ({
  certificates: { ...certificates, authorities: authoritySet(authorities) },
  masters: { ...masters, generation },
});
const recorded = (authorities?: string): readonly RecordedMachine[] =>
  ["dev-master-0", "dev-default-0"].map((name) => ({
    name,
    role: name === "dev-master-0" ? ("master" as const) : ("node" as const),
    generation: 1,
    kubernetes: "1.36.3",
    image: "debian-13",
    flavor: name === "dev-master-0" ? "b3-16" : "b3-8",
    authorities,
  }));
const certificate = (name: string) => pretendedPem("CERTIFICATE", `dev-pki-${name}-certificate`);
const both = certificate("kubernetes-authority") + certificate("kubernetes-authority-2");

describe("a cluster whose authorities are rotated", () => {
  it("writes nothing of it on machines of a cluster that has its first ones", async () => {
    const { resources } = await run();
    expect(server(resources, "dev-master-0").inputs["metadata"]).not.toHaveProperty(key);
  });

  it("remembers on each machine what it was made with, and leaves those alone that stay", async () => {
    const { resources } = await run(config("1+2", 2), recorded());
    expect(server(resources, "dev-master-0").inputs["metadata"]).toMatchObject({ [key]: "1+2" });
    expect(server(resources, "dev-default-0").inputs["metadata"]).not.toHaveProperty(key);
    const later = await run({ ...config("2+1", 2), nodePools: [examplePool("default", 1, 15)] }, recorded("1+2"));
    expect(server(later.resources, "dev-default-0").inputs["metadata"]).toMatchObject({ [key]: "1+2" });
  });

  it("gives new machines and the kubeconfig the trust of both, and the master the keys of those that issue", async () => {
    const { resources, result } = await run(config("2+1", 2), recorded("1+2"));
    const trusted = certificate("kubernetes-authority-2") + certificate("kubernetes-authority");
    const userData = plain(server(resources, "dev-master-0").inputs["userData"]) as string;
    const { files } = parseUserData(decodeUserData(userData));
    const pki = (name: string) => files.get(`/etc/kubernetes/pki/${name}`)?.content;
    expect(pki("ca.crt")).toBe(trusted);
    expect(pki("front-proxy-ca.crt")).toBe(
      certificate("front-proxy-authority-2") + certificate("front-proxy-authority"),
    );
    expect(files.get("/etc/etcd/pki/ca.crt")?.content).toBe(
      certificate("etcd-authority-2") + certificate("etcd-authority"),
    );
    expect(pki("ca-signing.crt")).toBe(certificate("kubernetes-authority-2"));
    expect(pki("service-account.key")).toBe(pretendedPem("PRIVATE KEY", "dev-pki-service-account-2-key"));
    expect(pki("service-account.pub")?.match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
    const { clusters } = parse(result.kubeconfig) as { clusters: { cluster: Record<string, string> }[] };
    const data = clusters[0]?.cluster["certificate-authority-data"] ?? "";
    expect(Buffer.from(data, "base64").toString("utf8")).toBe(trusted);
  });

  it("drains with a kubeconfig that machines of the step before accept, and that accepts them", async () => {
    const { resources } = await run(config("1+2", 2), recorded());
    const provider = ofType(resources, "pulumi:providers:kubernetes")[0]?.inputs["kubeconfig"];
    const { clusters } = parse(plain(provider) as string) as { clusters: { cluster: Record<string, string> }[] };
    const data = clusters[0]?.cluster["certificate-authority-data"] ?? "";
    expect(Buffer.from(data, "base64").toString("utf8")).toBe(both);
    const leaf = resources.find(({ name }) => name === "dev-pki-break-glass-certificate");
    expect(leaf?.inputs["caCertPem"]).toBe(certificate("kubernetes-authority"));
  });

  it("changes no certificate that a machine holds which stays", async () => {
    const { resources } = await run(config("2+1", 2), recorded("1+2"));
    const leaf = (name: string) => resources.find((one) => one.name === `dev-pki-${name}-certificate`);
    expect(leaf("dev-default-0-kubelet-client")?.inputs["caCertPem"]).toBe(certificate("kubernetes-authority"));
    // The master is made anew, and its certificates are no resources any more.
    expect(leaf("dev-master-0-kubelet-client")).toBeUndefined();
    const userData = plain(server(resources, "dev-master-0").inputs["userData"]) as string;
    const { files } = parseUserData(decodeUserData(userData));
    const own = new X509Certificate(files.get("/etc/kubernetes/pki/kubelet.crt")?.content ?? "");
    expect(own.checkIssued(new X509Certificate(certificate("kubernetes-authority-2")))).toBe(true);
  });
});
