import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { anchorsOf, documents, fencesOf, readDocument } from "../support/documented-commands";
import { repository } from "../support/markdown";
import { parseUserData } from "../support/user-data";

/** Links of a document to other files of the repository: path and heading. */
function linksOf(file: string): readonly (readonly [target: string, anchor: string | undefined])[] {
  return [...readDocument(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^(https?|mailto):/.test(target))
    .map((target) => {
      const [name = "", anchor] = target.split("#");
      return [name === "" ? file : path.join(path.dirname(file), name), anchor] as const;
    });
}

describe("links between documents", () => {
  test.each(documents)("of %s lead to files and headings that exist", (file) => {
    for (const [target, anchor] of linksOf(file)) {
      expect(fs.existsSync(path.join(repository, target)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), `${target}#${anchor}`).toContain(anchor);
    }
  });

  test("lead from the README to every page for users", () => {
    const pages = documents.filter((file) => file.startsWith("docs/"));
    const linked = linksOf("README.md").map(([target]) => target);
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

describe("docs/troubleshooting.md", () => {
  /** What others say: Pulumi, OpenStack, kubectl, ssh. */
  const foreign = [
    /^(Authentication failed|but got \d{3} instead|401|No suitable endpoint|Quota exceeded|incorrect passphrase|the stack is currently locked)/,
    /^Can not get vrack_id/,
    /^(Internal Server Error|Bad Gateway|Gateway Timeout|a temporary overloading|Too many requests|OpenStack connection error|ContentLength=)/,
    /^(Security group rule already exists|IP address … already allocated|Attempting to deploy or update resources|unexpected state)/,
    /^(connect: connection refused|x509: |Unauthorized|forbidden: User|ImagePullBackOff|<pending>|Pending|cni plugin not initialized)/,
    /^(Invalid key_name provided|resizing online is disabled|Error extending|error_extending|New size for extend)/,
    /^(Permission denied|REMOTE HOST IDENTIFICATION|cannot be deleted|protect|in use|destroy)/,
  ];
  const sources = execFileSync("git", ["ls-files", "components", "cloudinit", "commands"], {
    cwd: repository,
  })
    .toString()
    .split("\n")
    .filter((file) => /\.(ts|sh|py)$/.test(file))
    .map((file) => fs.readFileSync(path.join(repository, file), "utf8"))
    .join("\n");
  const symptoms = readDocument("docs/troubleshooting.md")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text))
    .filter((text) => !foreign.some((pattern) => pattern.test(text)));

  test("quotes what the program says, in its own words", () => {
    expect(symptoms.length).toBeGreaterThan(25);
    const pieces = symptoms.flatMap((text) => text.split(/…|\(…\)/).map((piece) => piece.trim()));
    const names = ["up", "access: none", "authorization: RBAC", "kube-apiserver"];
    const unknown = pieces.filter((piece) => piece.length > 3 && !names.includes(piece) && !sources.includes(piece));
    expect(unknown).toEqual([]);
  });
});

describe("docs/offline.md", () => {
  test("names every package that a machine would install", () => {
    const { files } = parseUserData(renderMaster(masterDescription));
    const environment = files.get("/etc/kovhernetes/machine.env")?.content ?? "";
    const [, commands = ""] = /REQUIRED_COMMANDS="?([^"\n]*)/.exec(environment) ?? [];
    const packages = [...new Set(commands.split(" ").map((word) => word.split("=")[1] ?? ""))];
    expect(packages.length).toBeGreaterThan(3);
    for (const name of packages) expect(readDocument("docs/offline.md")).toContain(`\`${name}\``);
  });
});

describe("programs in the documents", () => {
  test("import what the library exports", () => {
    const library = readDocument("library.ts");
    const programs = documents.flatMap(fencesOf).filter(({ language }) => language === "ts");
    const imported = programs.flatMap(({ text }) =>
      [...text.matchAll(/import \{([^}]*)\} from "kovhernetes"/g)].flatMap(([, names = ""]) => names.split(",")),
    );
    expect(imported.length).toBeGreaterThan(0);
    for (const name of imported) expect(library).toMatch(new RegExp(`\\b${name.trim()}\\b`));
  });
});
