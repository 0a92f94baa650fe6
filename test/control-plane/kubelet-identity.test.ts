import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeyPair } from "../../cloudinit/machine";
import { TestAuthority } from "../support/issued-pki.ts";
import { ClusterClient } from "../../components/readiness/cluster-client.ts";
import { missingRoles } from "../../components/readiness/roles.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };

/** What the API server makes of a kubelet: it asks one for something, as for `kubectl logs`. */
describe("a kubelet, seen from the API server", () => {
  let plane: ControlPlane;
  const kubelets: https.Server[] = [];

  beforeAll(async () => {
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
    await create("ServiceAccount", { metadata: { name: "default" } });
  });

  afterAll(async () => {
    await plane.stop();
    kubelets.forEach((kubelet) => {
      kubelet.closeAllConnections();
      kubelet.close();
    });
  });

  /** Registers a node at which a server with this pair answers, and has the API server ask it. */
  async function asked(node: string, pair: KeyPair): Promise<{ readonly answer: string; readonly reason: string }> {
    const kubelet = https.createServer({ cert: pair.certificate, key: pair.privateKey }, (_request, response) => {
      response.end("the kubelet's answer");
    });
    kubelets.push(kubelet);
    await new Promise<void>((resolve) => kubelet.listen(0, "127.0.0.1", resolve));
    const { port } = kubelet.address() as AddressInfo;
    const status = {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    await create("Node", { metadata: { name: node }, status });
    // The API server asks no kubelet on loopback for a `proxy`; for a log it does.
    await create("Pod", {
      metadata: { name: node },
      spec: {
        nodeName: node,
        automountServiceAccountToken: false,
        containers: [{ name: "one", image: "registry.example/one:1" }],
      },
    });
    const path = `/api/v1/namespaces/default/pods/${node}/log`;
    const { stdout, stderr } = await plane.kubectl(breakGlass, "get", "--raw", path);
    return { answer: stdout, reason: stderr };
  }

  async function create(kind: string, object: object): Promise<void> {
    const file = plane.file("object.json", { apiVersion: "v1", kind, ...object });
    const { stderr } = await plane.kubectl(breakGlass, "create", "--validate=false", "-f", file);
    expect(stderr).toBe("");
  }

  const serving = (names: { dnsNames?: string[]; ipAddresses?: string[] }, usages = ["server_auth"]) => ({
    commonName: "system:node:test",
    organization: "system:nodes",
    usages,
    dnsNames: [],
    ipAddresses: [],
    ...names,
  });

  it("is asked when its certificate is the kubernetes authority's and names its address", async () => {
    const pair = await plane.issued.authorities.kubernetes.issue(serving({ ipAddresses: ["127.0.0.1"] }));
    expect(await asked("right", pair)).toEqual({ answer: "the kubelet's answer", reason: "" });
  });

  it("has no role that it gives itself, and the one that an update gives it, once", async () => {
    const role = "node-role.kubernetes.io/web";
    const kubelet = { name: "system:node:lab-web-0", group: "system:nodes" };
    await create("Node", { metadata: { name: "lab-web-0", labels: { kept: "yes" } } });
    const own = await plane.kubectl(kubelet, "label", "node/lab-web-0", `${role}=`);
    expect(own.stderr).toMatch(/is not allowed to modify labels/);
    const client = await ClusterClient.create(await plane.administrator());
    const machine = { hostName: "lab-web-0", role: "node", publicAddress: undefined, roleLabel: role } as const;
    const missing = async () => missingRoles([{ ...machine, sshCommand: "", serverId: "" }], await client.nodes());
    for (const { name, labels } of await missing()) await client.label(name, labels);
    expect(await missing()).toEqual([]);
    const { stdout } = await plane.kubectl(breakGlass, "get", "nodes", "-l", "kept=yes", "--no-headers");
    expect(stdout).toMatch(/^lab-web-0 +\S+ +web /);
  });

  it("is refused with the certificate of another machine", async () => {
    const pair = await plane.issued.authorities.kubernetes.issue(
      serving({ dnsNames: ["test-default-1"], ipAddresses: ["192.168.0.16"] }),
    );
    const { answer, reason } = await asked("another-machines", pair);
    expect([answer, reason]).toEqual([
      "",
      expect.stringMatching(/certificate is valid for 192\.168\.0\.16, not 127\.0\.0\.1/),
    ]);
  });

  it("is refused with the certificate of a client", async () => {
    const pair = await plane.issued.authorities.kubernetes.issue(
      serving({ ipAddresses: ["127.0.0.1"] }, ["client_auth"]),
    );
    const { answer, reason } = await asked("clients", pair);
    expect([answer, reason]).toEqual(["", expect.stringContaining("incompatible key usage")]);
  });

  it("is refused with a certificate of another of our authorities, or of a stranger's", async () => {
    for (const authority of [plane.issued.authorities.etcd, await TestAuthority.create("stranger")]) {
      const pair = await authority.issue(serving({ ipAddresses: ["127.0.0.1"] }));
      const { answer, reason } = await asked(`foreign-${String(kubelets.length)}`, pair);
      expect([answer, reason]).toEqual(["", expect.stringContaining("unknown authority")]);
    }
  });
});
