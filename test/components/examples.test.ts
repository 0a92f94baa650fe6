import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { examplePrograms, examplesDirectory, loadExample } from "../support/example-program";
import { plain, pretendCloud, runProgram, type Registration } from "../support/mocks";
import { pretendedSubnetCidr } from "../support/pretended-answers";
import { settingExamples } from "../support/setting-examples";

const portType = "openstack:networking/port:Port";
const serverType = "openstack:compute/instance:Instance";

let modules: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  await pretendCloud();
  modules = {
    "@pulumi/kubernetes": await import("@pulumi/kubernetes"),
    "@pulumi/openstack": await import("@pulumi/openstack"),
    "@pulumi/pulumi": pulumi,
    kovhernetes: await import("../../library.ts"),
  };
});
afterEach(() => {
  pulumi.runtime.setAllConfig({});
});

/** What an example registers, with the configuration that it requires. */
async function resourcesOf(name: string, config: Readonly<Record<string, unknown>> = {}) {
  const { sshPublicKey, adminCidrs } = settingExamples;
  const values = Object.entries({ sshPublicKey, adminCidrs, ...config }).map(([key, value]) => [
    `kovhernetes:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
  return runProgram(async () => {
    const outputs = await loadExample(name, modules)();
    return Object.keys(outputs);
  });
}

const namesOf = (resources: readonly Registration[], type: string): string[] =>
  resources
    .filter((resource) => resource.type === type)
    .map(({ name }) => name)
    .sort();

describe("examples", () => {
  it("are those that are tested here", () => {
    expect(examplePrograms).toEqual(["existing-network", "minimal", "two-zones", "workload"]);
  });

  it.each(examplePrograms)("%s pins what the repository pins", (name) => {
    type Package = { readonly dependencies: object; readonly devDependencies: object };
    const read = (file: string) => JSON.parse(fs.readFileSync(file, "utf8")) as Package;
    const own = read(path.join(examplesDirectory, name, "package.json"));
    const root = read(path.join(examplesDirectory, "..", "package.json"));
    const { kovhernetes, ...dependencies } = own.dependencies as Record<string, string>;
    expect(kovhernetes).toBe("file:../..");
    expect(root.dependencies).toMatchObject(dependencies);
    expect(root.devDependencies).toMatchObject(own.devDependencies);
  });

  it("minimal is a master and a node", async () => {
    const { registrations: resources, result } = await resourcesOf("minimal");
    expect(namesOf(resources, serverType)).toEqual(["minimal-default-0", "minimal-master-0"]);
    expect(result).toEqual(["apiUrl", "kubeconfig", "machines"]);
  });

  it("existing-network makes no network, and its machines are in the one that is there", async () => {
    const { registrations: resources, calls } = await resourcesOf("existing-network", { network: "office" });
    expect(calls.map(({ inputs }) => inputs["name"])).toContain("office");
    expect(namesOf(resources, "openstack:networking/network:Network")).toEqual([]);
    expect(namesOf(resources, "openstack:networking/subnet:Subnet")).toEqual([]);
    const port = resources.find(({ type, name }) => type === portType && name === "inside-master-0-port");
    const { fixedIps } = plain(port?.inputs) as { fixedIps: { ipAddress: string }[] };
    expect(fixedIps[0]?.ipAddress).toBe(pretendedSubnetCidr.replace("0/24", "10"));
  });

  it("two-zones has its pools in the zones that were given", async () => {
    const { registrations: resources } = await resourcesOf("two-zones", { zones: ["north", "south"] });
    const zones = resources
      .filter(({ type, name }) => type === serverType && !name.includes("master"))
      .map(({ name, inputs }) => [name, inputs["availabilityZone"]])
      .sort();
    expect(zones).toEqual([
      ["zones-zone-0-0", "north"],
      ["zones-zone-0-1", "north"],
      ["zones-zone-1-0", "south"],
      ["zones-zone-1-1", "south"],
    ]);
  });

  it("workload puts its workload into the cluster, by the cluster's provider", async () => {
    const { registrations: resources } = await resourcesOf("workload");
    const provider = resources.find(({ name }) => name === "workload-provider");
    expect(provider?.inputs).toMatchObject({ clusterIdentifier: "test" });
    const own = resources.filter(({ name }) => name === "web");
    expect(own.map(({ type }) => type).sort()).toEqual(["kubernetes:apps/v1:Deployment", "kubernetes:core/v1:Service"]);
    for (const { provider: used } of own) expect(used).toContain("::workload-provider::");
  });
});
