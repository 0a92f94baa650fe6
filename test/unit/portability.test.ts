import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { masterDescription } from "../support/descriptions";
import { repository } from "../support/markdown";

/** The administrator's machine is Linux, macOS or Windows: what must hold of the files that run there. */
const files = execFileSync("git", ["ls-files"], { cwd: repository }).toString().split("\n").filter(Boolean);
const read = (file: string): string => fs.readFileSync(path.join(repository, file), "utf8");
const isProduct = (file: string): boolean => !/^(lab|test|docs|examples|\.)/.test(file);
const productFiles = files.filter((file) => isProduct(file) && file.endsWith(".ts"));

describe("the product", () => {
  /** Modules that a file imports, also those that it loads later. */
  const importsOf = (file: string): string[] =>
    [...read(file).matchAll(/(?:from|import\(|require\()\s*"([^"]+)"/g)].map(([, name = ""]) => name);

  test("is what is looked at here", () => {
    for (const folder of ["components", "cloudinit", "commands"]) {
      expect(productFiles.some((file) => file.startsWith(`${folder}/`))).toBe(true);
    }
  });

  test.each(productFiles)("%s takes nothing of the lab or of the tests", (file) => {
    const own = importsOf(file).filter((name) => name.startsWith("."));
    const targets = own.map((name) => path.join(path.dirname(file), name));
    expect(targets.filter((target) => !isProduct(target))).toEqual([]);
  });

  test("starts no program but pulumi and ssh, and these without a shell", () => {
    const starters = productFiles.filter((file) =>
      importsOf(file).some((name) => /^(node:child_process|execa)$/.test(name)),
    );
    expect(starters.sort()).toEqual(["commands/shared/pulumi.ts", "commands/shared/remote.ts"]);
    const calls = starters.flatMap((file) =>
      [...read(file).matchAll(/\bexeca\(([^,)]*)/g)].map(([, program]) => program),
    );
    expect(calls.sort()).toEqual(['"pulumi"', '"ssh"']);
    expect(starters.filter((file) => /\bshell\s*:/.test(read(file)))).toEqual([]);
  });

  test("asks nothing of the operating system that others do not have", () => {
    const all = productFiles.map((file) => [file, read(file)] as const);
    const needy = all.filter(([, text]) => /process\.(platform|getuid|umask)|\bos\.|"\/tmp|chmod|symlink/.test(text));
    expect(needy.map(([file]) => file)).toEqual([]);
  });

  test("has npm scripts for users that any shell runs", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    for (const name of ["build", "prepare", "verify", "rotate", "status", "diagram", "destroy", "restore-drill"]) {
      const script = scripts[name] ?? "";
      // A single quote means something to one shell alone, unless it is inside double ones.
      expect(
        script
          .replaceAll(/"[^"]*"/g, "")
          .split("&&")
          .every((part) => /^ ?(node|tsc|npm) [^'$*|;=]*$/.test(part)),
        name,
      ).toBe(true);
    }
  });
});

describe("the repository", () => {
  test("can be checked out on Windows and macOS", () => {
    const wrong = files.filter(
      (file) =>
        /[<>:"|?*\\]|[. ](\/|$)/.test(file) ||
        /(^|\/)(con|prn|aux|nul|com\d|lpt\d)(\.|\/|$)/i.test(file) ||
        file.length > 180,
    );
    expect(wrong).toEqual([]);
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length);
    const links = execFileSync("git", ["ls-files", "--stage"], { cwd: repository })
      .toString()
      .match(/^120000 .*$/gm);
    expect(links).toBeNull();
  });

  test("keeps line ends as machines need them, whatever git is told elsewhere", () => {
    const scripts = files.filter((file) => /\.(sh|py)$/.test(file));
    expect(scripts.length).toBeGreaterThan(10);
    const attributes = execFileSync("git", ["check-attr", "eol", "--", ...scripts], { cwd: repository }).toString();
    expect(
      attributes
        .trim()
        .split("\n")
        .filter((line) => !line.endsWith(": eol: lf")),
    ).toEqual([]);
    expect(files.filter((file) => !/\.(png|tgz)$/.test(file) && read(file).includes("\r\n"))).toEqual([]);
  });
});

describe("user data", () => {
  afterEach(() => {
    vi.doUnmock("node:path");
    vi.doUnmock("node:fs");
    vi.resetModules();
  });

  test("is the same where paths have backslashes", async () => {
    const here = (await import("../../cloudinit/index.ts")).renderMaster(masterDescription);
    vi.resetModules();
    vi.doMock("node:path", () => ({ ...path.win32, default: path.win32 }));
    // The folder of this checkout is still one of this machine.
    const readFileSync = (file: string, encoding: "utf8") => fs.readFileSync(file.replaceAll("\\", "/"), encoding);
    vi.doMock("node:fs", () => ({ ...fs, readFileSync, default: { ...fs, readFileSync } }));
    const there = (await import("../../cloudinit/index.ts")).renderMaster(masterDescription);
    expect(there).toBe(here);
  });
});
