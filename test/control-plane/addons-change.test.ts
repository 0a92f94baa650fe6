import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ensureEngine, type Engine } from "../../lab/engine/engine.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { ControlPlane } from "./support.ts";

const breakGlass = { name: "kubernetes-break-glass", group: "system:masters" };

/** What another version of the program would make differently: in a text that may change, and in one that an object keeps for its life. */
const program = `
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Addons } from "./components/addons/addons";

if (process.env.LATER_VERSION) {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    const text = JSON.stringify(props, (key, value) => (pulumi.Output.isInstance(value) ? undefined : value));
    if (type === "kubernetes:core/v1:ConfigMap" && text.includes("Corefile"))
      return { props: { ...props, data: { Corefile: props.data.Corefile.replace("ttl 30", "ttl 20") } }, opts };
    if (type === "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding" && props.metadata.name === "system:coredns")
      return { props: { ...props, roleRef: { ...props.roleRef, name: "view" } }, opts };
    return undefined;
  });
}

const cluster = new pulumi.ComponentResource("test:index:Cluster", "cluster");
new Addons(
  "addons",
  {
    clusterName: "test",
    kubeconfig: pulumi.secret(fs.readFileSync(process.env.TEST_KUBECONFIG!, "utf8")),
    podCidr: "172.17.0.0/16",
    apiAddress: "127.0.0.1",
    dnsServiceAddress: "10.0.0.10",
    clusterDomain: "cluster.local",
    dnsPlaces: 2,
    images: { coredns: "r.example/coredns:1", flannel: "r.example/flannel:1", flannelCni: "r.example/cni:1", networkPolicies: "r.example/np:1" },
    chosen: { networkPolicy: true },
    takeOver: false,
    mayBeUnreachable: false,
    deletedWith: cluster,
  },
  { parent: cluster },
);
`;

/** The real engine and the add-ons' own program, on a real API server. */
describe("another version of the program on a cluster that runs", () => {
  let plane: ControlPlane | undefined;
  let engine: Engine;
  let folder: string;

  beforeAll(async () => {
    engine = await ensureEngine(console.log);
    plane = await ControlPlane.start({});
    // What is deleted in the foreground, as the provider asks, goes once this has looked.
    await plane.runControllers("garbage-collector-controller");
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-addons-"));
    const options = { typescript: true };
    fs.writeFileSync(
      path.join(folder, "Pulumi.yaml"),
      stringify({ name: "addons", runtime: { name: "nodejs", options } }),
    );
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "addons", main: "index.ts" }));
    const { compilerOptions } = JSON.parse(
      fs.readFileSync(path.join(repositoryRoot, "tsconfig.pulumi.json"), "utf8"),
    ) as { compilerOptions: object };
    const compiler = { extends: path.join(repositoryRoot, "tsconfig.json"), compilerOptions, files: ["index.ts"] };
    fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(compiler));
    fs.writeFileSync(path.join(folder, "index.ts"), program);
    for (const shared of ["node_modules", "components"])
      fs.symlinkSync(path.join(repositoryRoot, shared), path.join(folder, shared));
    fs.mkdirSync(path.join(folder, "backend"));
    await pulumi(["stack", "init", "test"]);
    await pulumi(["up", "--yes", "--skip-preview"]);
  });

  afterAll(async () => {
    await plane?.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function running(): ControlPlane {
    if (plane === undefined) throw new Error("no control plane runs");
    return plane;
  }

  async function pulumi(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const { exitCode, all } = await execa(engine.pulumi, [...args, "--non-interactive"], {
      cwd: folder,
      reject: false,
      stdin: "ignore",
      all: true,
      env: {
        ...engine.environment,
        PULUMI_BACKEND_URL: `file://${folder}/backend`,
        PULUMI_CONFIG_PASSPHRASE: "of a test",
        TEST_KUBECONFIG: running().file("administrator.kubeconfig", await running().administrator()),
        ...environment,
      },
    });
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}: ${all}`);
    return all;
  }

  async function asked(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await running().kubectl(breakGlass, ...args);
    return exitCode === 0 ? stdout : `refused: ${stderr}`;
  }

  it("changes a line of the Corefile and a binding's role in one update, without a moment in which cluster DNS is gone", async () => {
    const objects = ["get", "-n", "kube-system", "deployment/coredns", "configmap/coredns", "service/kube-dns"];
    const identity = [...objects, "--output=jsonpath={.items[*].metadata.uid}"];
    const before = await asked(...identity);
    const seen = new Set<string>();
    const update = new AbortController();
    const watcher = (async () => {
      while (!update.signal.aborted) {
        seen.add(await asked(...identity));
        await delay(50);
      }
    })();
    const told = await pulumi(["up", "--yes", "--skip-preview"], { LATER_VERSION: "1" }).finally(() => {
      update.abort();
    });
    await watcher;
    // The Corefile, and the pods that read it.
    expect(told).toMatch(/2 updated/);
    expect(told).toMatch(/1 replaced/);
    expect([...seen]).toEqual([before]);
    expect(await asked(...objects.slice(0, 3), "configmap/coredns", "--output=jsonpath={.data.Corefile}")).toContain(
      "ttl 20",
    );
    const role = ["get", "clusterrolebinding/system:coredns", "--output=jsonpath={.roleRef.name}"];
    expect(await asked(...role)).toBe("view");
    // The update after it has nothing left to do.
    expect(await pulumi(["preview"], { LATER_VERSION: "1" })).toMatch(/\d+ unchanged/);
  });
});
