import { X509Certificate } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { LabStack } from "../../lab/lib/stack.ts";
import { CloudClient } from "../../lab/openstack/client.ts";
import { parseUserData } from "../support/user-data.ts";
import {
  leftInProject,
  machinesOnly,
  refusal,
  startPretendedLab,
  type PretendedLab,
  type Step,
} from "../program/support.ts";

let lab: PretendedLab;
let stack: LabStack;
let before: Record<string, number>;

/** The configuration of a step, with every machine of a generation. */
async function configure(authorities: string, generation: number, protectData = true): Promise<void> {
  await stack.configure({
    ...(await machinesOnly(stack, lab.cloud)),
    authorities,
    master: { generation },
    nodePools: { default: { generation } },
    protectData,
  });
}

/** Files of a machine's user data, as Nova has it. */
async function files(hostName: string): Promise<(path: string) => string> {
  const client = new CloudClient(lab.cloud.adminEnvironment);
  const { servers } = await client.call<{ servers: { "OS-EXT-SRV-ATTR:user_data": string }[] }>(
    "compute",
    `/servers/detail?all_tenants=1&name=^${hostName}$`,
    { version: "compute 2.79" },
  );
  const bytes = Buffer.from(servers[0]?.["OS-EXT-SRV-ATTR:user_data"] ?? "", "base64");
  const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString("utf8") : bytes.toString("utf8");
  const all = parseUserData(text).files;
  return (path) => all.get(path)?.content ?? "";
}

const certificates = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? []).map(
    (one) => new X509Certificate(one),
  );
/** Common names of what a file of authorities holds, in order. */
const names = (pem: string): string[] => certificates(pem).map(({ subject }) => subject.replace("CN=", ""));
const issuerOf = (pem: string): string => certificates(pem)[0]?.issuer.replace("CN=", "") ?? "nobody";

async function kubeconfig(): Promise<{ readonly trusted: string[]; readonly issuer: string }> {
  const { kubeconfig: text } = await stack.outputs<{ kubeconfig: string }>();
  const { clusters, users } = parse(text) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const pem = (data = ""): string => Buffer.from(data, "base64").toString("utf8");
  return {
    trusted: names(pem(clusters[0]?.cluster["certificate-authority-data"])),
    issuer: issuerOf(pem(users[0]?.user["client-certificate-data"])),
  };
}

/** Every connection's ends as the machines have them: who is trusted, and from whom the certificates are. */
async function machines() {
  const [master, node] = [await files("rotation-master-0"), await files("rotation-default-0")];
  const pki = "/etc/kubernetes/pki";
  return {
    master: {
      trusted: [`${pki}/ca.crt`, "/etc/etcd/pki/ca.crt", `${pki}/front-proxy-ca.crt`].map((file) =>
        names(master(file)),
      ),
      issuers: [`${pki}/apiserver.crt`, "/etc/etcd/pki/server.crt", `${pki}/front-proxy-client.crt`].map((file) =>
        issuerOf(master(file)),
      ),
      tokenKeys: master(`${pki}/service-account.pub`).split("BEGIN PUBLIC KEY").length - 1,
      signing: master(`${pki}/service-account.key`),
    },
    node: { trusted: names(node(`${pki}/ca.crt`)), issuer: issuerOf(node(`${pki}/kubelet.crt`)) },
  };
}

const authorities = (...numbers: readonly string[]) => ({
  kubernetes: numbers.map((number) => `rotation-kubernetes-authority${number}`),
  etcd: numbers.map((number) => `rotation-etcd-authority${number}`),
  frontProxy: numbers.map((number) => `rotation-front-proxy-authority${number}`),
});

const up = (): Promise<string> => stack.run(["up", "--yes", "--skip-preview"]);

beforeAll(async () => {
  lab = await startPretendedLab("authorities");
  before = await leftInProject(lab.cloud);
  stack = new LabStack("rotation", lab.engine, lab.cloud);
});

afterAll(() => {
  stack.forget();
});

/** Steps of a preview that are not `same`, and all that it says. */
async function preview(): Promise<{ readonly changes: readonly Step[]; readonly text: string }> {
  const text = await stack.run(["preview", "--json"]);
  const { steps } = JSON.parse(text) as { steps: readonly Step[] };
  return { changes: steps.filter(({ op }) => op !== "same"), text };
}

const stateResource = z.object({ urn: z.string(), protect: z.boolean().optional() });
const exported = z.object({ deployment: z.object({ resources: z.array(stateResource) }) });

/** Authorities and token keys in the state, and which of them are protected. */
async function kept(): Promise<{ readonly all: string[]; readonly protectedOnes: string[] }> {
  const { resources } = exported.parse(JSON.parse(await stack.run(["stack", "export"]))).deployment;
  const own = resources.flatMap(({ urn, protect }) => {
    const name = urn.split("::").at(-1) ?? "";
    const isKept = /-authority(-\d+)?-certificate$|-service-account(-\d+)?-key$/.test(name);
    return isKept ? [{ name: name.replace("rotation-pki-", ""), isProtected: protect === true }] : [];
  });
  return {
    all: own.map(({ name }) => name).sort(),
    protectedOnes: own.flatMap(({ name, isProtected }) => (isProtected ? [name] : [])).sort(),
  };
}
const ofNumber = (suffix: string): string[] => [
  `etcd-authority${suffix}-certificate`,
  `front-proxy-authority${suffix}-certificate`,
  `kubernetes-authority${suffix}-certificate`,
  `service-account${suffix}-key`,
];

describe("a rotation of the authorities on the real engine", () => {
  let firstKey: string;

  it("touches no machine whose generation stays, and says what to raise", async () => {
    await configure("1", 1);
    await up();
    firstKey = (await machines()).master.signing;
    await configure("1+2", 1);
    const { changes, text } = await preview();
    expect(changes.filter(({ urn }) => urn.includes("compute/instance"))).toEqual([]);
    expect(text).toContain("step 1 of 3 (authorities 1+2)");
    expect(text).toContain("Set master.generation to 2 and nodePools.default.generation to 2");
  });

  it("has machines trust both in its first step", async () => {
    await configure("1+2", 2);
    await up();
    const both = authorities("", "-2");
    const { master, node } = await machines();
    expect(master.trusted).toEqual([both.kubernetes, both.etcd, both.frontProxy]);
    expect(master.issuers).toEqual([both.kubernetes[0], both.etcd[0], both.frontProxy[0]]);
    expect([master.tokenKeys, master.signing]).toEqual([2, firstKey]);
    expect(node).toEqual({ trusted: both.kubernetes, issuer: both.kubernetes[0] });
    expect(await kubeconfig()).toEqual({ trusted: both.kubernetes, issuer: both.kubernetes[0] });
    expect((await kept()).protectedOnes).toEqual(ofNumber(""));
    const { changes, text } = await preview();
    expect(changes).toEqual([]);
    expect(text).toContain("Next: set authorities to 2+1 and master.generation to 3");
    await configure("2", 3);
    expect(await refusal(stack, ["preview"])).toMatch(/certificates still come: rotation-master-0 \(made with 1\+2\)/);
  });

  it("issues from the new ones in its second, and lets go of the old ones", async () => {
    const both = authorities("-2", "");
    await configure("2+1", 3);
    await up();
    const { master, node } = await machines();
    expect(master.trusted).toEqual([both.kubernetes, both.etcd, both.frontProxy]);
    expect(master.issuers).toEqual([both.kubernetes[0], both.etcd[0], both.frontProxy[0]]);
    expect(master.tokenKeys).toBe(2);
    expect(master.signing).not.toBe(firstKey);
    expect(node).toEqual({ trusted: both.kubernetes, issuer: both.kubernetes[0] });
    expect(await kubeconfig()).toEqual({ trusted: both.kubernetes, issuer: both.kubernetes[0] });
    const { all, protectedOnes } = await kept();
    expect([all, protectedOnes]).toEqual([[...ofNumber(""), ...ofNumber("-2")].sort(), ofNumber("-2")]);
    await configure("1", 4);
    expect(await refusal(stack, ["preview"])).toContain("the administrator's kubeconfig (from 2)");
  });

  it("removes the old ones in its last, and cannot be turned back", async () => {
    const second = authorities("-2");
    await configure("2", 4);
    await up();
    const { master, node } = await machines();
    expect(master.trusted).toEqual([second.kubernetes, second.etcd, second.frontProxy]);
    expect(master.tokenKeys).toBe(1);
    expect(node).toEqual({ trusted: second.kubernetes, issuer: second.kubernetes[0] });
    expect(await kubeconfig()).toEqual({ trusted: second.kubernetes, issuer: second.kubernetes[0] });
    expect(await kept()).toEqual({ all: ofNumber("-2"), protectedOnes: ofNumber("-2") });
    expect((await preview()).changes).toEqual([]);
    await configure("2+1", 4);
    expect(await refusal(stack, ["preview"])).toContain("names authorities 1, which were removed");
  });

  it("leaves a stack that can be removed", async () => {
    await configure("2", 4, false);
    await up();
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await leftInProject(lab.cloud)).toEqual(before);
  });
});
