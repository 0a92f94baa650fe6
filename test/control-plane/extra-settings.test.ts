import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderNode } from "../../cloudinit";
import { apiServerArguments, type ApiServerArgument } from "../../cloudinit/apiserver-arguments";
import { kubeletFields, type KubeletField } from "../../cloudinit/kubelet-fields";
import { kubernetesComponent } from "../../lab/mirror/components.ts";
import { ensureGoComponent } from "../../lab/mirror/go.ts";
import { versions } from "../../lab/mirror/versions.ts";
import { nodeDescription } from "../support/descriptions.ts";
import { parseUserData, splitCommand, renderedUnits, unitDirectives } from "../support/user-data.ts";
import { ControlPlane } from "./support.ts";

const administrator = { name: "test", group: "system:masters" };

function argumentExample(argument: ApiServerArgument): string {
  switch (argument.kind) {
    case "integer":
      return String(argument.most);
    case "duration":
      return `${argument.most}s`;
    case "fraction":
      return String(argument.most);
    case "flag":
      return "false";
  }
}

/** The real programs of Kubernetes judge what a cluster may add to the program's own settings. */
describe("a master with all that can be added", () => {
  let plane: ControlPlane;
  let programs: string;
  const all = Object.fromEntries(
    Object.entries(apiServerArguments).map(([name, argument]) => [name, argumentExample(argument)]),
  );

  beforeAll(async () => {
    programs = await ensureGoComponent(kubernetesComponent(versions.kubernetes[0]), console.log);
    plane = await ControlPlane.start({ podSecurity: "baseline", apiServerArguments: all });
  });

  afterAll(() => plane.stop());

  it("has an API server that knows each argument and runs with all of them", async () => {
    const { stdout } = await execa(path.join(programs, "kube-apiserver"), ["--help"]);
    const known = [...stdout.matchAll(/--([a-z0-9-]+)/g)].map(([, name]) => name);
    expect(Object.keys(apiServerArguments).filter((name) => !known.includes(name))).toEqual([]);
    const ready = await plane.kubectl(administrator, "get", "--raw", "/readyz");
    expect(ready.stdout).toBe("ok");
    // It tells all of its flags, from a verbosity of 1 on.
    expect(/FLAG: --event-ttl="168h0m0s"/.test(plane.log("kube-apiserver"))).toBe(true);
  });

  it("refuses a privileged pod in a namespace without labels, takes it where the namespace says so and where our own run", async () => {
    const make = async (namespace: string, labels: readonly string[] = []) => {
      await plane.kubectl(administrator, "create", "namespace", namespace);
      await plane.kubectl(administrator, "create", "serviceaccount", "default", "--namespace", namespace);
      if (labels.length > 0) await plane.kubectl(administrator, "label", "namespace", namespace, ...labels);
      const pod = {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "mighty", namespace } },
        spec: { containers: [{ name: "one", image: "one", securityContext: { privileged: true } }] },
      };
      return plane.kubectl(administrator, "create", "--filename", plane.file("pod.json", pod));
    };
    expect(await make("shop")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('violates PodSecurity "baseline:latest"') as string,
    });
    expect(await make("labelled", ["pod-security.kubernetes.io/enforce=privileged"])).toMatchObject({ exitCode: 0 });
    expect(await make("kube-system")).toMatchObject({ exitCode: 0 });
    expect(await make("kube-flannel")).toMatchObject({ exitCode: 0 });
  });
});

function fieldExample(field: KubeletField): unknown {
  switch (field.kind) {
    case "integer":
      return field.least;
    case "flag":
      return true;
    case "duration":
      return "2m30s";
    case "size":
      return "20Mi";
    case "text":
      return "0";
    case "texts":
      return ["net.core.somaxconn"];
    case "textsByName":
      return {};
    case "thresholds":
      return { "memory.available": "200Mi" };
    case "durationsBySignal":
      return { "memory.available": "2m" };
    case "choice":
      return field.words[0];
  }
}

describe("a node with all that can be added", () => {
  const root = fs.mkdtempSync("/tmp/kovhernetes-extra-");
  let programs: string;

  beforeAll(async () => {
    programs = await ensureGoComponent(kubernetesComponent(versions.kubernetes[0]), console.log);
  });

  afterAll(() => {
    fs.rmSync(root, { recursive: true, force: true });
  });

  /** What the kubelet says of the file that a machine with these fields has, until it asks for containerd or gives up. */
  const judged = async (kubelet: Readonly<Record<string, unknown>>, more = ""): Promise<string> => {
    const { files } = parseUserData(renderNode({ ...nodeDescription, kubelet }));
    const file = path.join(root, "kubelet.yaml");
    fs.writeFileSync(file, `${files.get("/etc/kubernetes/kubelet.yaml")?.content ?? ""}${more}`);
    const words = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n";
    const here = `${words}authentication: {webhook: {enabled: false}, x509: {clientCAFile: ""}}\nauthorization: {mode: AlwaysAllow}\n`;
    fs.mkdirSync(`${root}/kubelet.d`, { recursive: true });
    fs.writeFileSync(`${root}/kubelet.d/test.conf`, here);
    const args = [`--config=${file}`, `--config-dir=${root}/kubelet.d`, `--root-dir=${root}/kubelet`];
    return (await execa(path.join(programs, "kubelet"), args, { reject: false, timeout: 20_000 })).stderr;
  };
  const goesOn = /failed to run Kubelet: validate service connection/;

  it("has a kubelet that takes every field, by its name and at its least", async () => {
    const each = Object.fromEntries(Object.entries(kubeletFields).map(([name, field]) => [name, fieldExample(field)]));
    const said = await judged({ ...each, imageMaximumGCAge: "48h" });
    expect(said).toMatch(goesOn);
    expect(said).not.toMatch(/unknown field|lenient|strict decoding/i);
  });

  it("would hear of a field that the kubelet does not know, and of a value that it does not take", async () => {
    expect(await judged({ imageGCHighThresholdPercent: 101 })).not.toMatch(goesOn);
    expect(await judged({}, "maxpods: 10\n")).toMatch(/unknown field|strict decoding/);
  });

  it("has a kube-proxy that takes the flags of nftables", async () => {
    const text = renderNode({ ...nodeDescription, kubeProxyMode: "nftables" });
    const unit = renderedUnits(text).get("kube-proxy.service") ?? "";
    const [, command = ""] = unitDirectives(unit, "Service").find(([name]) => name === "ExecStart") ?? [];
    const [, ...flags] = splitCommand(command).map((word) => word.replace("/etc/kubernetes/", `${root}/`));
    const { stderr } = await execa(path.join(programs, "kube-proxy"), flags, { reject: false, timeout: 20_000 });
    // It has read and checked its flags, and looks for the kubeconfig.
    expect(stderr).toContain(`stat ${root}/kube-proxy.kubeconfig: no such file`);
    const wrong = flags.map((flag) => (flag.startsWith("--nodeport-addresses=") ? "--nodeport-addresses=all" : flag));
    const refused = await execa(path.join(programs, "kube-proxy"), wrong, { reject: false, timeout: 20_000 });
    expect(refused.stderr).toContain("NodePortAddresses");
  });
});
