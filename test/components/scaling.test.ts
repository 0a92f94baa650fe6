import { beforeAll, describe, expect, it } from "vitest";
import type { ClusterConfig } from "../../components/model/cluster";
import { plain, pretendCloud, type RegisteredResource } from "../support/mocks";
import { decodeUserData } from "../support/user-data";
import { directAccess, examplePool, floatingAccess, privateAccess } from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

describe("scaling", () => {
  /** Without keys, certificates and when these end: each run issues others, which the engine ignores of machines that stay. */
  function withoutIssue({ userData, metadata, ...others }: Record<string, unknown>): Record<string, unknown> {
    if (typeof userData !== "string") return { ...others, metadata };
    const text = decodeUserData(userData).replace(/-----BEGIN (EC PRIVATE KEY|CERTIFICATE)[^]*?-----END/g, "");
    return { ...others, userData: text, metadata: { ...(metadata as object), "kovhernetes:certificates-end": "" } };
  }

  const inputs = (resources: readonly RegisteredResource[]) =>
    new Map(
      resources.map(({ type, name, parent, inputs: given }) => [
        `${type} ${name} < ${parent ?? "-"}`,
        withoutIssue(plain(given) as Record<string, unknown>),
      ]),
    );

  /** Resources that a change adds; all that were there before must stay with the same inputs. */
  async function added(before: Partial<ClusterConfig>, after: Partial<ClusterConfig>): Promise<readonly string[]> {
    const old = inputs((await run(before)).resources);
    const now = inputs((await run(after)).resources);
    expect(Object.fromEntries([...now].filter(([key]) => old.has(key)))).toEqual(Object.fromEntries(old));
    return [...now.keys()].filter((key) => !old.has(key));
  }

  it.each([
    ["direct", directAccess, 2],
    ["floatingIp", floatingAccess, 3],
    ["none", privateAccess, 1],
  ] as const)(
    "with access %s, one node more adds that node's resources and changes no other",
    async (_, access, networkParts) => {
      const names = await added(
        { access, nodePools: [examplePool("default", 1, 15)] },
        { access, nodePools: [examplePool("default", 2, 15)] },
      );
      expect(names.filter((name) => !name.includes("default-1"))).toEqual([]);
      expect(names.filter((name) => name.startsWith("openstack:networking/"))).toHaveLength(networkParts);
      // Attachment, node, instance and server: keys and certificates are in the server's user data alone.
      expect(names).toHaveLength(1 + networkParts + 3);
    },
  );

  it("growing one pool changes nothing of another, wherever the pools stand in the configuration", async () => {
    const large = examplePool("large", 2, 20);
    for (const order of [(a: unknown, b: unknown) => [a, b], (a: unknown, b: unknown) => [b, a]]) {
      const pools = (count: number) => order(examplePool("small", count, 15), large) as ClusterConfig["nodePools"];
      const names = await added({ nodePools: pools(1) }, { nodePools: pools(3) });
      expect(names.filter((name) => !/small-[12]/.test(name))).toEqual([]);
    }
  });

  it("a pool more adds that pool alone", async () => {
    const nodePools = [examplePool("default", 1, 15)];
    const names = await added({ nodePools }, { nodePools: [...nodePools, examplePool("large", 1, 20)] });
    expect(names.filter((name) => !name.includes("dev-large"))).toEqual([]);
  });
});
