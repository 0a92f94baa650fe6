import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MasterDescription } from "../../cloudinit/machine";
import { issueSets, type SetMaterial } from "../support/authority-steps.ts";
import { certificateArgs, ControlPlane, described, type Ended, type Trust } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };
const [holder = ""] = certificateArgs.masters.map(({ hostName }) => hostName);
const steps = ["1", "1+2", "2+1", "2"] as const;
type Step = (typeof steps)[number];

/** How somebody shows who he is: by a certificate, a token in a header, or both. */
type ReviewOptions = Pick<https.RequestOptions, "cert" | "key"> & {
  readonly headers: Readonly<Record<string, string>>;
};

/** What is said of an API server, etcd or kubelet that accepted whoever asked. */
const accepted = { answer: "ok", reason: "" };

describe("a master whose authorities are rotated", () => {
  let plane: ControlPlane;
  let materialOf: (text: string) => SetMaterial;
  const kubelets: https.Server[] = [];
  let pods = 0;

  beforeAll(async () => {
    materialOf = await issueSets(certificateArgs, [1, 2]);
    plane = await ControlPlane.start({ authorization: { mode: "RBAC" } });
  });

  afterAll(async () => {
    await plane.stop();
    kubelets.forEach((kubelet) => {
      kubelet.closeAllConnections();
      kubelet.close();
    });
  });

  /** The master's user data in a step. */
  function description({ issuers, pair, trusted, serviceAccount }: SetMaterial): Partial<MasterDescription> {
    return {
      ...described({ authorities: { ...issuers }, pair }),
      authorization: { mode: "RBAC" },
      kubernetesAuthority: trusted.kubernetes,
      etcdAuthority: trusted.etcd,
      frontProxyAuthority: trusted["front-proxy"],
      serviceAccount,
    };
  }

  const trustOf = ({ issuers, trusted }: SetMaterial): Trust => ({
    issuer: issuers.kubernetes,
    trusted: trusted.kubernetes,
  });

  const replace = async (step: Step): Promise<void> => {
    const material = materialOf(step);
    await plane.replace(description(material), trustOf(material));
  };

  const create = async (kind: string, object: object): Promise<void> => {
    const file = plane.file("object.json", { apiVersion: "v1", kind, ...object });
    const { stderr } = await plane.kubectl(breakGlass, "create", "--validate=false", "-f", file);
    expect(stderr).toBe("");
  };

  const outcome = ({ stdout, stderr }: Ended) => ({ answer: stdout.trim(), reason: stderr.trim() });

  /** The administrator, or a kubelet, of a step at the API. */
  const askApi = async (step: Step) =>
    outcome(await plane.kubectlWith(trustOf(materialOf(step)), breakGlass, "get", "--raw", "/readyz"));

  /** A client of etcd of a step. */
  const askEtcd = async (step: Step) => {
    const { pair, trusted } = materialOf(step);
    const { exitCode, stdout, stderr } = await plane.askEtcd(pair(holder, "etcdHealthClient"), trusted.etcd);
    return exitCode === 0 ? accepted : { answer: stdout, reason: stderr };
  };

  /** The API server at a kubelet of a step, which lets in nobody but holders of a certificate that it trusts. */
  async function askKubelet(step: Step) {
    const { issuers, trusted } = materialOf(step);
    const names = { dnsNames: [], ipAddresses: ["127.0.0.1"] };
    const subject = { commonName: "system:node:test", organization: "system:nodes", usages: ["server_auth"] };
    const { certificate, privateKey } = await issuers.kubernetes.issue({ ...subject, ...names });
    const tls = { cert: certificate, key: privateKey, ca: trusted.kubernetes, requestCert: true };
    const kubelet = https.createServer({ ...tls, rejectUnauthorized: true }, (_request, response) => {
      response.end("ok");
    });
    kubelets.push(kubelet);
    await new Promise<void>((resolve) => kubelet.listen(0, "127.0.0.1", resolve));
    const name = `test-${String((pods += 1))}`;
    const status = {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } },
    };
    await create("Node", { metadata: { name }, status });
    const containers = [{ name: "one", image: "registry.example/one:1" }];
    await create("Pod", {
      metadata: { name },
      spec: { nodeName: name, automountServiceAccountToken: false, containers },
    });
    return outcome(await plane.kubectl(breakGlass, "get", "--raw", `/api/v1/namespaces/default/pods/${name}/log`));
  }

  /** Sends a request to the API over TLS, and gives the HTTP status with the user that the API takes it for. */
  async function review(trusted: string, options: ReviewOptions): Promise<string> {
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    return new Promise((resolve, reject) => {
      const url = new URL("/apis/authentication.k8s.io/v1/selfsubjectreviews", plane.apiUrl);
      const headers = { "Content-Type": "application/json", ...options.headers };
      const sent = https.request(
        url,
        { ...options, method: "POST", headers, ca: trusted, agent: false },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => {
            const name = /"username":\s*"([^"]+)"/.exec(text)?.[1] ?? "nobody";
            resolve(`${String(response.statusCode)} ${name}`);
          });
        },
      );
      sent.on("error", reject);
      sent.end(JSON.stringify(body));
    });
  }

  /** Whom the API takes a front proxy of a step for, who speaks for alice. */
  const askAsFrontProxy = (step: Step): Promise<string> => {
    const { pair, trusted } = materialOf(step);
    const { certificate, privateKey } = pair(holder, "frontProxyClient");
    return review(trusted.kubernetes, { cert: certificate, key: privateKey, headers: { "X-Remote-User": "alice" } });
  };

  const token = async (): Promise<string> => {
    const { stdout, stderr } = await plane.kubectl(breakGlass, "create", "token", "default", "--duration=1h");
    expect(stderr).toBe("");
    return stdout;
  };
  const askWithToken = (bearer: string, step: Step): Promise<string> =>
    review(materialOf(step).trusted.kubernetes, { headers: { Authorization: `Bearer ${bearer}` } });
  const serviceAccount = "201 system:serviceaccount:default:default";

  /** Everybody of a step at the master as it runs. */
  async function expectAccepted(step: Step): Promise<void> {
    expect([step, await askApi(step)]).toEqual([step, accepted]);
    expect([step, await askEtcd(step)]).toEqual([step, accepted]);
    expect([step, await askKubelet(step)]).toEqual([step, accepted]);
    expect([step, await askAsFrontProxy(step)]).toEqual([step, "201 alice"]);
  }

  const tokens: Partial<Record<Step, string>> = {};

  it("begins with its first authorities", async () => {
    await replace("1");
    await create("ServiceAccount", { metadata: { name: "default" } });
    tokens["1"] = await token();
    await expectAccepted("1");
    expect((await askApi("2")).reason).toMatch(/unknown authority/);
  });

  it("accepts clients of the next step before it is of that step, and those of the one before afterwards", async () => {
    for (const [index, step] of steps.entries()) {
      const next = steps[index + 1];
      if (next === undefined) break;
      await expectAccepted(next);
      await replace(next);
      await expectAccepted(step);
      await expectAccepted(next);
      tokens[next] = await token();
      // A token of the step before is good for one step more, and that of the first key as long as the key is given.
      for (const [earlier, bearer] of Object.entries(tokens)) {
        const isKept = next !== "2" || earlier.startsWith("2");
        expect([next, earlier, await askWithToken(bearer, next)]).toEqual([
          next,
          earlier,
          isKept ? serviceAccount : "401 nobody",
        ]);
      }
    }
    const keyOf = (bearer = ""): unknown =>
      (JSON.parse(Buffer.from(bearer.split(".")[0] ?? "", "base64url").toString()) as { kid: unknown }).kid;
    expect(keyOf(tokens["1+2"])).toBe(keyOf(tokens["1"]));
    expect(keyOf(tokens["2+1"])).not.toBe(keyOf(tokens["1"]));
    expect(keyOf(tokens["2"])).toBe(keyOf(tokens["2+1"]));
  });

  it("refuses who comes from the first authorities in the end, and is no server to who trusts them alone", async () => {
    const first = materialOf("1");
    const { kubernetes } = materialOf("2").trusted;
    const intruder = { issuer: first.issuers.kubernetes, trusted: kubernetes };
    const { stderr } = await plane.kubectlWith(intruder, breakGlass, "get", "--raw", "/readyz");
    expect(stderr).toContain("Unauthorized");
    expect((await askApi("1")).reason).toMatch(/unknown authority/);
    const etcd = await plane.askEtcd(first.pair(holder, "etcdHealthClient"), materialOf("2").trusted.etcd);
    expect(etcd.exitCode).not.toBe(0);
    expect((await askKubelet("1")).reason).toMatch(/unknown authority/);
    const { certificate, privateKey } = first.pair(holder, "frontProxyClient");
    const options = { cert: certificate, key: privateKey, headers: { "X-Remote-User": "alice" } };
    expect(await review(kubernetes, options)).toBe("401 nobody");
  });

  it("tells aggregated API servers of the first authorities until the ConfigMap is deleted, as operations.md says", async () => {
    const listed = async (): Promise<number[]> => {
      const args = ["get", "configmap", "extension-apiserver-authentication", "-n", "kube-system", "-o", "json"];
      const { stdout } = await plane.kubectl(breakGlass, ...args);
      const { data } = JSON.parse(stdout || '{"data":{}}') as { data: Record<string, string> };
      return ["client-ca-file", "requestheader-client-ca-file"].map(
        (key) => (data[key] ?? "").split("BEGIN CERTIFICATE").length - 1,
      );
    };
    // Those with which the control plane was first started count as well.
    expect(await listed()).toEqual([3, 3]);
    await plane.kubectl(breakGlass, "delete", "configmap", "extension-apiserver-authentication", "-n", "kube-system");
    await expect.poll(listed, { timeout: 90_000, interval: 1_000 }).toEqual([1, 1]);
  });

  it("gives pods the trust of both while both are trusted, by its controller manager", async () => {
    await replace("2+1");
    await plane.runControllers("root-ca-certificate-publisher-controller");
    const published = async (): Promise<string> => {
      const args = ["get", "configmap", "kube-root-ca.crt", "-n", "default", "-o", "jsonpath={.data.ca\\.crt}"];
      return (await plane.kubectl(breakGlass, ...args)).stdout.trim();
    };
    const { trusted } = materialOf("2+1");
    await expect.poll(published, { timeout: 90_000, interval: 1_000 }).toBe(trusted.kubernetes.trim());
  });
});
