import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "./markdown";

/** A fenced block of a document. */
export interface Fence {
  /** `FILE:LINE` of its first line. */
  readonly place: string;
  /** `bash`, `yaml`, … */
  readonly language: string;
  readonly text: string;
}

/** First line of a block whose commands need a cloud: what a reader sees, and these tests. */
export const cloudMark = "# needs a cloud";

/** Documents for readers, from the repository's folder; decisions and the changelog give no orders. */
export const documents: readonly string[] = execFileSync("git", ["ls-files", "*.md"], { cwd: repository })
  .toString()
  .split("\n")
  .filter((file) => file !== "" && !/^(docs\/decisions\/|CHANGELOG|LICENSE)/.test(file));

export function readDocument(file: string): string {
  return fs.readFileSync(path.join(repository, file), "utf8");
}

/** Every fenced block of a document, also those within lists. */
export function fencesOf(file: string): readonly Fence[] {
  const text = readDocument(file);
  return [...text.matchAll(/^( *)```(\w+)\n([^]*?)^\1```$/gm)].map((match) => ({
    place: `${file}:${text.slice(0, match.index).split("\n").length + 1}`,
    language: match[2] ?? "",
    text: (match[3] ?? "").replaceAll(new RegExp(`^${match[1] ?? ""}`, "gm"), ""),
  }));
}

/**
 * The words of every simple command of a shell text: comments, operators and redirections gone, quotes taken off; `$(…)` stays one word. What is
 * read is what the documents use of the shell, and nothing else is meant to be in them.
 */
export function commandsIn(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  const token =
    /(?<comment>(?<=^|\s)#[^\n]*)|(?<end>&&|\|\||\\\n|[;|\n])|(?<redirection>\d?>{1,2} *[^\s;|&]+|<[^\s;|&]+)|(?<word>(?:"(?:\$\([^)]*\)|[^"])*"|'[^']*'|\$\([^)]*\)|[^\s;|&<>"'])+)/g;
  for (const { groups = {} } of text.matchAll(token)) {
    if (groups["word"] !== undefined) commands.at(-1)?.push(unquoted(groups["word"]));
    else if (groups["end"] !== undefined && groups["end"] !== "\\\n") commands.push([]);
  }
  return commands.filter((words) => words.length > 0);
}

function unquoted(word: string): string {
  return word.replaceAll(
    /"((?:\$\([^)]*\)|[^"])*)"|'([^']*)'/g,
    (_, double?: string, single?: string) => double ?? single ?? "",
  );
}

/** A part of a value as `pulumi config set --path` names it: `nodePools.batch.labels["example.org/tier"]`. */
export function configPath(text: string): readonly string[] {
  return [...text.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name ?? "",
  );
}

/** Sets a part of a structured value as the engine does: numbers and booleans are no texts there. */
export function setAtPath(
  values: Record<string, unknown>,
  [first = "", ...rest]: readonly string[],
  value: string,
): void {
  if (rest.length === 0) values[first] = /^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value;
  else {
    const inner = (values[first] ??= {}) as Record<string, unknown>;
    setAtPath(inner, rest, value);
  }
}

/** Names of headings as GitHub makes addresses of them. */
export function anchorsOf(file: string): readonly string[] {
  const headings = readDocument(file)
    .replaceAll(/```[^]*?```/g, "")
    .matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
