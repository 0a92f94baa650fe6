import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../components/load-config";
import { namespaceProblems } from "../../components/config/namespaces";
import { ConfigurationError } from "../../components/model/problems";
import { stackSchema } from "../../components/config/schema";
import { validateConfig } from "../../components/checks/validate";
import { smallest } from "./config-values";

const read = (path: string) => parse(readFileSync(join(__dirname, "../..", path), "utf8")) as Record<string, unknown>;
const project = read("Pulumi.yaml") as unknown as {
  readonly name: string;
  readonly config: Readonly<
    Record<string, { readonly description: string; readonly default: unknown; readonly type?: string }>
  >;
  readonly template: { readonly config: Readonly<Record<string, unknown>> };
};
/** Namespace of the stack files in this repository. */
const prefix = "kovhernetes:";
const ownEntries = Object.entries(project.config).filter(([key]) => !key.includes(":"));
const defaults = Object.fromEntries(ownEntries.map(([key, entry]) => [key, entry.default]));

/** A value as the engine hands it over: plain text, or JSON for what has structure. */
const engineText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Values of a stack file as the engine hands them over: project defaults beneath, lists and objects as JSON. */
function engineValues(path: string): Record<string, string> {
  const own = Object.entries(read(path)["config"] as Record<string, unknown>)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  const values = { ...defaults, ...(Object.fromEntries(own) as Record<string, unknown>) };
  const texts = Object.entries(values).map(([key, value]) => [key, engineText(value)]);
  return Object.fromEntries(texts) as Record<string, string>;
}

describe("Pulumi.yaml", () => {
  test("has the keys of the schema, in its order", () => {
    expect(`${project.name}:`).toBe(prefix);
    expect(ownEntries.map(([key]) => key)).toEqual(Object.keys(stackSchema));
  });

  test("has the provider wait where the cloud asks it to, and gives no other program's settings", () => {
    const others = Object.entries(project.config).filter(([key]) => key.includes(":"));
    expect(others).toEqual([["openstack:maxRetries", { value: 3 }]]);
    expect(namespaceProblems(["openstack:maxRetries"], project.name, Object.keys(openstack.config))).toEqual([]);
    const [retired] = namespaceProblems(["openstack:useOctavia"], project.name, ["cloud"]);
    expect(retired?.reason).toMatch(/^is no longer needed: .*uses Octavia always/);
    expect(retired?.remedy).toBe("`pulumi config rm openstack:useOctavia`");
    expect(namespaceProblems(["openstack:useOctavia"], project.name, Object.keys(openstack.config))).toEqual([]);
  });

  test.each(Object.entries(stackSchema))("%s has the description and the default of the schema", (key, schema) => {
    const preset = schema.safeParse(undefined);
    const isPreset = preset.success && preset.data !== undefined;
    expect(project.config[key]).toEqual({ description: schema.description, default: isPreset ? preset.data : "" });
  });

  test("asks for keys that exist when a project is made from it", () => {
    // Without a namespace: `pulumi new` puts the name of the new project there.
    for (const key of Object.keys(project.template.config)) expect(Object.keys(stackSchema)).toContain(key);
  });
});

describe("stack files", () => {
  const configOf = (path: string) => {
    const result = validateConfig(engineValues(path), { stackName: "example" });
    if ("problems" in result) throw new ConfigurationError(result.problems);
    return result.config;
  };

  test("the dev stack is a master and a node behind floating addresses", () => {
    const config = configOf("Pulumi.dev.yaml");
    expect(config.access).toEqual({ mode: "floatingIp", externalNetwork: "public", nodes: true });
    expect(config.nodePools.map(({ name, count }) => [name, count])).toEqual([["default", 1]]);
  });

  test("the OVH stack is on Ext-Net and in the vRack", () => {
    const config = configOf("examples/stacks/Pulumi.ovh.yaml");
    expect(config.access).toEqual({ mode: "direct", externalNetwork: "Ext-Net" });
    expect(config.network.vlanId).toBe(42);
    expect([config.masters.flavor, config.nodePools[0]?.flavor]).toEqual(["b3-8", "d2-4"]);
  });

  test("the production stack has RBAC, a volume, and two pools with addresses of their own", () => {
    const config = configOf("examples/stacks/Pulumi.production.yaml");
    expect(config.kubernetes.authorization).toEqual({ mode: "RBAC" });
    expect(config.masters.etcdVolume).toEqual({ sizeGiB: 20, type: "fast" });
    expect(config.nodePools.map(({ name, addressOffset }) => [name, addressOffset])).toEqual([
      ["web", 20],
      ["batch", 60],
    ]);
    expect(config.adminCidrs).not.toContain("0.0.0.0/0");
  });
});

describe("loading", () => {
  afterEach(() => {
    pulumi.runtime.setAllConfig({});
  });
  const load = (values: Readonly<Record<string, unknown>>) => {
    const texts = Object.entries(values).map(([key, value]) => [`${prefix}${key}`, engineText(value)]);
    pulumi.runtime.setAllConfig({
      "openstack:region": "GRA11",
      ...(Object.fromEntries(texts) as Record<string, string>),
    });
    return loadConfig(new pulumi.Config());
  };

  test("reads the namespace alone", () => {
    expect(load({ ...smallest, authorization: "RBAC", nodes: 3 }).nodePools[0]?.count).toBe(3);
  });

  test("names keys that nobody would read: the provider's misspelt ones, and those of a project of another name", () => {
    const texts = { ...smallest, adminCidrs: "203.0.113.7/32" } as Record<string, string>;
    const own = Object.entries(texts).map(([key, value]) => [`shop:${key}`, value]);
    pulumi.runtime.setAllConfig({
      ...(Object.fromEntries(own) as Record<string, string>),
      "openstack:user_name": "me",
      "openstack:secrets": "hunter2",
      "kovhernetes:nodes": "3",
    });
    try {
      loadConfig(new pulumi.Config("shop"));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).problems).toMatchObject([
        { key: "openstack:user_name", remedy: "write openstack:userName instead" },
        { key: "openstack:secrets", value: "(not shown)", reason: "is not a key of the OpenStack provider" },
        { key: "kovhernetes:nodes", remedy: "write shop:nodes instead" },
      ]);
      expect(String(error)).not.toContain("hunter2");
    }
  });

  test("throws one error that Pulumi shows without a stack trace", () => {
    const attempt = () => load({ ...smallest, flavour: "x", nodes: "many" });
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(/2 problems[\s\S]*kovhernetes:nodes[\s\S]*kovhernetes:flavour/);
    try {
      attempt();
    } catch (error) {
      expect(pulumi.RunError.isInstance(error)).toBe(true);
    }
  });
});
