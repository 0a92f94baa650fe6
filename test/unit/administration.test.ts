import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorsOf, pulumi } from "../../commands/shared/pulumi.ts";
import { readConfiguration, readOutputs } from "../../commands/shared/stack.ts";

const root = path.join(__dirname, "../..");

describe("what Pulumi says when it fails", () => {
  const diagnostics = (...messages: readonly string[]): string =>
    JSON.stringify({
      config: { "kovhernetes:image": "not for people" },
      diagnostics: messages.map((message) => ({ message: `error: ${message}\n`, severity: "error" })),
    });

  test("is taken from its answer in JSON, each cause once, and no more than a few", () => {
    const refused = [
      "Preview failed: refreshing a: 1 error",
      "compute: Authentication failed",
      "compute: Authentication failed",
    ];
    expect(errorsOf(diagnostics(...refused, "preview failed"))).toBe("compute: Authentication failed");
    expect(errorsOf(diagnostics("a", "b", "c", "d", "e"))).toBe("a; b; c; 2 more");
    expect(errorsOf(diagnostics("preview failed"))).toBe("preview failed");
  });

  test("is nothing where there is no answer", () => {
    expect(errorsOf("")).toBe("");
    expect(errorsOf("{}")).toBe("");
  });
});

/** A stand-in for the CLI that prints one text for each command: the real one is in the suites on clouds. */
describe.skipIf(process.platform === "win32")("a stack", () => {
  const earlierPath = process.env["PATH"];
  let folder: string;
  let location: { readonly stack: string; readonly cwd: string; readonly configFile: string };

  const machine = { name: "dev-master-0", role: "master", address: "192.168.0.10", ssh: "ssh debian@203.0.113.10" };
  const outputs = {
    apiUrl: "https://203.0.113.10:6443",
    kubeconfig: "apiVersion: v1",
    machines: [{ ...machine, generation: 1, image: "debian-13", flavor: "b3-8" }],
  };

  const answers = (stdout: string, exitCode = 0): void => {
    const file = path.join(folder, "pulumi");
    const script = `#!/bin/sh\necho "$@" >'${folder}/arguments'\ncat <<'END'\n${stdout}\nEND\nexit ${exitCode}\n`;
    fs.writeFileSync(file, script, { mode: 0o755 });
  };
  const asked = (): string => fs.readFileSync(path.join(folder, "arguments"), "utf8").trim();

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-administration-"));
    location = { stack: "dev", cwd: folder, configFile: "other.yaml" };
    process.env["PATH"] = `${folder}${path.delimiter}${earlierPath ?? ""}`;
  });

  afterAll(() => {
    process.env["PATH"] = earlierPath;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("is read without being selected, with its configuration file only where the command takes one", async () => {
    answers(JSON.stringify(outputs));
    expect(await readOutputs(location)).toEqual(outputs);
    expect(asked()).toBe("stack output --json --show-secrets --stack dev --non-interactive");
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: kovhernetes\nruntime: nodejs\n");
    answers(
      JSON.stringify({
        "kovhernetes:podCidr": { value: "172.17.0.0/16" },
        "kovhernetes:vlanId": { value: "" },
        "openstack:cloud": { value: "x" },
        "kovhernetes:authorizationWebhook": { secret: true },
      }),
    );
    expect(await readConfiguration(location)).toEqual(new Map([["podCidr", "172.17.0.0/16"]]));
    expect(asked()).toBe("config --json --stack dev --config-file other.yaml --non-interactive");
  });

  test("of a project of another name has its configuration under that name, also when asked from a folder below", async () => {
    const below = path.join(folder, "below");
    fs.mkdirSync(below);
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    answers(
      JSON.stringify({
        "shop:authorization": { value: "RBAC" },
        "kovhernetes:authorization": { value: "AlwaysAllow" },
      }),
    );
    for (const cwd of [folder, below]) {
      expect(await readConfiguration({ ...location, cwd })).toEqual(new Map([["authorization", "RBAC"]]));
    }
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "runtime: nodejs\n");
    await expect(readConfiguration(location)).rejects.toThrow(/gives the project no name/);
  });

  test("whose last update failed is what its cluster was before", async () => {
    const secret = { "4dabf18193072939515e22adb298388d": "a mark of Pulumi's", plaintext: '"apiVersion: v1"' };
    const cluster = {
      urn: "urn:pulumi:dev::kovhernetes::kovhernetes:index:Cluster::dev",
      type: "kovhernetes:index:Cluster",
      outputs: { ...outputs, kubeconfig: secret },
    };
    const stack = {
      urn: "urn:pulumi:dev::kovhernetes::pulumi:pulumi:Stack::kovhernetes-dev",
      type: "pulumi:pulumi:Stack",
    };
    // Both commands are answered alike: to `stack output` it is outputs with names of no meaning.
    answers(JSON.stringify({ deployment: { resources: [stack, cluster] } }));
    expect(await readOutputs(location)).toEqual(outputs);
    expect(asked()).toBe("stack export --show-secrets --stack dev --non-interactive");
  });

  test("without a cluster is answered with what to do", async () => {
    answers(JSON.stringify({ deployment: { resources: [] } }));
    await expect(readOutputs(location)).rejects.toThrow(
      "stack dev has no cluster that was ready: run `pulumi up` first",
    );
  });

  test("that Pulumi cannot read is answered with Pulumi's words, and nothing else of its answer", async () => {
    answers(JSON.stringify({ config: "long", diagnostics: [{ severity: "error", message: "error: no cloud" }] }), 1);
    await expect(pulumi(location, ["preview", "--json"])).rejects.toThrow(/^pulumi preview --json failed: no cloud$/);
  });

  const command = (name: string, ...args: readonly string[]) =>
    execa(process.execPath, [path.join(root, "commands", name, "main.ts"), ...args], { reject: false, cwd: folder });

  test.each(["status", "diagram", "verify", "rotate", "destroy"])(
    "`npm run %s` that is called wrongly says how it is called",
    async (name) => {
      const { exitCode, stdout, stderr } = await command(name, "--stack", "dev", "--colour");
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(new RegExp(`'--colour'.*\nusage: npm run (--silent )?${name} -- --stack NAME`, "s"));
    },
  );

  test("that there is not ends a command with 2, and no usage", async () => {
    answers("error: no stack named 'dev' found", 255);
    const { exitCode, stdout, stderr } = await command("status", "--stack", "dev");
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^pulumi stack output failed: (?!.*usage)/s);
  });
});
