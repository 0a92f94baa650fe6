import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { encodeUserData, renderMaster, renderNode } from "../../cloudinit";
import { withoutComments } from "../../cloudinit/files";
import { masterDescription, nodeDescription } from "../support/descriptions";
import { packedSizes } from "../support/user-data";

/**
 * The state holds the user data of every machine. More than this needs a reason, and another number here; with that of build dffd6ad
 * beside it, whose machines did less. The last raise: a master chooses the quota of etcd, and compares the version of a snapshot; no unit that was told to end is reported; a
 * taint whose value YAML 1.1 would take for a flag is quoted.
 */
const most = { node: 14_684, master: 37_300 };
const ofBuildDffd6ad = { node: 14_688, master: 37_876 };

describe.each([
  ["node", renderNode(nodeDescription)],
  ["master", renderMaster(masterDescription)],
] as const)("user data of a %s as it is sent", (kind, text) => {
  it("is no longer than agreed, nor than that of an earlier build", () => {
    const costs = packedSizes(text).map(({ path: file, bytes }) => `${String(bytes).padStart(6)} ${file}`);
    expect(encodeUserData(text).length, `bytes that each file adds:\n${costs.join("\n")}`).toBeLessThanOrEqual(
      Math.min(most[kind], ofBuildDffd6ad[kind]),
    );
  });
});

describe("a script as it is sent", () => {
  const directory = path.join(__dirname, "../../cloudinit/files");

  it.each(fs.readdirSync(directory))("has its code, line by line, and no comment: %s", (name) => {
    const script = fs.readFileSync(path.join(directory, name), "utf8");
    const sent = withoutComments(script);
    const [first, ...rest] = sent.split("\n");
    expect(first).toMatch(/^#!\/(usr\/)?bin\//);
    expect(rest.filter((line) => line.trim().startsWith("#"))).toEqual([]);
    expect(rest).toEqual(script.split("\n").filter((line, index) => index > 0 && !line.trim().startsWith("#")));
    const [program, args] = name.endsWith(".py")
      ? ["python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"]]
      : ["sh", ["-n"]];
    execFileSync(program, args, { input: sent });
  });

  it.each(fs.readdirSync(directory))("lost nothing that it writes or holds as text: %s", (name) => {
    const script = fs.readFileSync(path.join(directory, name), "utf8");
    const documents = [...script.matchAll(/<<'?(\w+)'?\n([^]*?)\n\1\n/g)].map(([, , content]) => content ?? "");
    const texts = name.endsWith(".py") ? [...script.matchAll(/"""([^]*?)"""/g)].map(([, text]) => text ?? "") : [];
    for (const text of [...documents, ...texts]) expect(text).not.toMatch(/^\s*#/m);
  });
});
