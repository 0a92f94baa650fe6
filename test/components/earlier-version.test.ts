import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { RecordedMachine } from "../../components/model/recorded";
import { pretendCloud, type RegisteredResource } from "../support/mocks";
import { examplePool, floatingAccess } from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

/** Every resource that the version before decision 39 registered for a master and a node, with its parent: what its state has. */
const before = fs
  .readFileSync(path.join(__dirname, "registered-before-decision-39.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "");

const linesOf = (resources: readonly RegisteredResource[]): string[] =>
  resources.map(({ type, name, parent = "", parentType = "" }) => `${parentType} ${parent} > ${type} ${name}`).sort();

const machine = (name: string, changes: Partial<RecordedMachine> = {}): RecordedMachine => ({
  ...{ name, generation: 1, kubernetes: "1.36.3", image: "debian-13", serverId: `id of ${name}` },
  ...(name.includes("master") ? { role: "master", flavor: "b3-16" } : { role: "node", flavor: "b3-8" }),
  ...changes,
});

const secretsOf = (hostName: string) => (line: string) =>
  line.includes(`-pki-${hostName}-`) && /(LeafCertificate|PrivateKey|CertRequest|LocallySignedCert)/.test(line);

describe("a cluster that an earlier version made", () => {
  it("has every resource that it had and no other, where its machines stay", async () => {
    const { resources } = await run({ access: floatingAccess }, [machine("dev-master-0"), machine("dev-default-0")]);
    expect(linesOf(resources)).toEqual(before);
  });

  it("loses keys, requests and certificates of the machine that is replaced, and nothing else", async () => {
    const nodePools = [{ ...examplePool("default", 1, 15), generation: 2 }];
    const recorded = [machine("dev-master-0"), machine("dev-default-0")];
    const { resources } = await run({ access: floatingAccess, nodePools }, recorded);
    const isGone = secretsOf("dev-default-0");
    expect(before.filter(isGone)).toHaveLength(3 * 4);
    expect(linesOf(resources)).toEqual(before.filter((line) => !isGone(line)));
  });

  it("gets none of them back once the new machine is there, also where the update that made it did not end", async () => {
    const recorded = [
      machine("dev-master-0"),
      machine("dev-default-0", { generation: 2, holdsCertificatesAlone: true }),
    ];
    const nodePools = [{ ...examplePool("default", 1, 15), generation: 2 }];
    const { resources } = await run({ access: floatingAccess, nodePools }, recorded);
    expect(linesOf(resources)).toEqual(before.filter((line) => !secretsOf("dev-default-0")(line)));
  });

  it("has no server that would change, whatever is issued for one that stays", async () => {
    const { resources } = await run({ access: floatingAccess }, [machine("dev-master-0"), machine("dev-default-0")]);
    const servers = resources.filter(({ type }) => type === "openstack:compute/instance:Instance");
    expect(servers).toHaveLength(2);
    for (const { options } of servers) {
      expect(options.ignoreChanges).toEqual(expect.arrayContaining(["userData", "metadata"]));
      expect(options.replacementTrigger).toBe(1);
    }
  });
});

describe("a cluster of this version", () => {
  it("has at most ten entries a node in the state, and keys as resources for no machine", async () => {
    const { resources } = await run({ access: floatingAccess });
    const ofNode = resources.filter(({ name }) => /-default-0($|-)/.test(name));
    expect(ofNode.map(({ type }) => type.split(":").at(-1)).sort()).toEqual([
      ...["Attachment", "FloatingIp", "FloatingIpAssociate", "Instance", "Instance", "Node", "Port"],
    ]);
  });
});
