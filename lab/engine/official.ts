import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { cacheRoot, stateRoot } from "../lib/paths.ts";
import type { Plugin } from "./plugins.ts";

/**
 * Finds an installed official engine that could run the program without downloads: `pulumi` and its Node.js language
 * host in `PATH`, and every plugin in `PATH` or in Pulumi's own folder. Programs that the lab built itself do not count.
 * @returns the path of `pulumi`, or the names of what is missing.
 */
export function findOfficial(plugins: readonly Plugin[]): { pulumi: string } | { missing: readonly string[] } {
  const pulumi = findProgram("pulumi");
  const missing = [
    ...(pulumi === undefined ? ["pulumi"] : []),
    ...(findProgram("pulumi-language-nodejs") === undefined ? ["pulumi-language-nodejs"] : []),
    ...plugins.filter((plugin) => !isInstalled(plugin)).map(({ name, version }) => `plugin ${name} ${version}`),
  ];
  return pulumi === undefined || missing.length > 0 ? { missing } : { pulumi };
}

function isInstalled({ name, version }: Plugin): boolean {
  const home = process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  const program = `pulumi-resource-${name}`;
  const installed = path.join(home, "plugins", `resource-${name}-v${version}`, program);
  return (!isOurs(installed) && isExecutable(installed)) || findProgram(program) !== undefined;
}

function findProgram(name: string): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(path.delimiter).filter((directory) => directory !== "");
  return directories.map((directory) => path.join(directory, name)).find((file) => !isOurs(file) && isExecutable(file));
}

function isOurs(file: string): boolean {
  return [cacheRoot, stateRoot].some((root) => !path.relative(root, file).startsWith(".."));
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
