import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "./markdown";

/** The npm scripts that there are, with what each starts. */
export const scripts: Readonly<Record<string, string>> = (
  JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  }
).scripts;

const usages = new Map<string, string>();

function usageOf(script: string): string {
  const known = usages.get(script);
  if (known !== undefined) return known;
  const [, file = ""] = /^node (\S+)$/.exec(scripts[script] ?? "") ?? [];
  const usage = execFileSync(path.join(repository, "node_modules/.bin/node"), [file, "--help"], { cwd: repository });
  usages.set(script, usage.toString());
  return usage.toString();
}

/** The options among these words that the usage text of a script's command does not know. */
export function unknownOptions(script: string, words: readonly string[]): readonly string[] {
  const names = words.filter((word) => word.startsWith("--")).map((word) => word.replace(/=.*/, ""));
  return names.filter((name) => !usageOf(script).includes(`${name} `) && !usageOf(script).includes(`${name}=`));
}
