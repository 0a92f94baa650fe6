import { beforeAll, describe, expect, it } from "vitest";
import { documentedPart } from "../support/markdown";
import { pretendCloud, type RegisteredResource } from "../support/mocks";
import { floatingAccess } from "./example-cluster";

let run: typeof import("./run-cluster").run;
beforeAll(async () => {
  await pretendCloud();
  ({ run } = await import("./run-cluster.ts"));
});

const isComponent = ({ type }: Pick<RegisteredResource, "type">): boolean => type.startsWith("kovhernetes:");
const shortType = (type: string): string =>
  type.startsWith("pulumi:providers:") ? "Provider" : type.replace(/^.*:/, "");

/** Names of types, each once with how many there are. */
function counted(types: readonly string[]): string {
  return [...new Set(types)]
    .map((type) => {
      const count = types.filter((other) => other === type).length;
      return count === 1 ? type : `${count} × ${type}`;
    })
    .join(", ");
}

/** The components below a resource, indented, each with its own resources; the leaves of the PKI are counted among these. */
function tree(all: readonly RegisteredResource[], parent: RegisteredResource | undefined, depth: number): string[] {
  const childrenOf = (one: RegisteredResource | undefined): readonly RegisteredResource[] =>
    all.filter(({ parent: name, parentType: type }) => name === one?.name && type === one?.type);
  const isLeaf = ({ type }: RegisteredResource): boolean =>
    !isComponent({ type }) || /:(Authority|LeafCertificate)$/.test(type);
  return childrenOf(parent)
    .filter((child) => !isLeaf(child))
    .flatMap((child) => {
      const own = childrenOf(child).filter(isLeaf);
      const within = counted(own.map(({ type }) => shortType(type)));
      return [
        `${"  ".repeat(depth)}${shortType(child.type)} ${child.name}${within === "" ? "" : ` — ${within}`}`,
        ...tree(all, child, depth + 1),
      ];
    });
}

describe("docs/architecture.md (npm run documents writes it)", () => {
  it("shows the tree of components", async () => {
    const { resources } = await run({ access: floatingAccess });
    const text = ["```text", ...tree(resources, undefined, 0), "```"].join("\n");
    expect(documentedPart("docs/architecture.md", "component tree", text)).toBe(text);
  });
});
