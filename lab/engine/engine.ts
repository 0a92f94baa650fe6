import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot, stateRoot } from "../lib/paths.ts";
import { type Report, runLogged } from "../lib/process.ts";
import { buildEngine, buildPlugin } from "./build.ts";
import { findOfficial } from "./official.ts";
import { type Plugin, requiredPlugins } from "./plugins.ts";

/** A Pulumi engine with every plugin that the program needs. */
export interface Engine {
  /** Path of `pulumi`. */
  readonly pulumi: string;
  /** To be merged into the environment of every `pulumi` command; holds no backend and no passphrase. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether this is an installed official engine, or one that the lab built from Go modules. */
  readonly origin: "official" | "built";
}

/**
 * Gives an engine: the official one when it is installed with all plugins, else one built from Go modules and cached.
 * @throws Error when a build fails, with the log file to read.
 */
export async function ensureEngine(report: Report): Promise<Engine> {
  const plugins = requiredPlugins();
  const official = findOfficial(plugins);
  if ("pulumi" in official) {
    report(`using the official engine ${official.pulumi}`);
    return { pulumi: official.pulumi, environment: environment([]), origin: "official" };
  }
  report(`no official engine (missing: ${official.missing.join(", ")}): using one built from Go modules`);
  const directory = await buildEngine(report);
  const engine: Engine = {
    pulumi: path.join(directory, "pulumi"),
    environment: { ...environment([directory]), PULUMI_HOME: pulumiHome, PULUMI_IGNORE_AMBIENT_PLUGINS: "true" },
    origin: "built",
  };
  for (const plugin of plugins) {
    await install(engine, plugin, await buildPlugin(plugin, report), report);
  }
  return engine;
}

/** Where the built engine keeps its plugins, and its workspaces' selected stacks. */
const pulumiHome = path.join(stateRoot, "pulumi");

/** Programs run with the project's own Node.js, and nothing is looked for in the network. */
function environment(programDirectories: readonly string[]): Record<string, string> {
  const directories = [...programDirectories, path.join(repositoryRoot, "node_modules/.bin")];
  return {
    PATH: [...directories, process.env["PATH"] ?? ""].join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** Installs a built plugin where the engine looks for the official one of that version, unless that build is there. */
async function install(engine: Engine, { name, version }: Plugin, program: string, report: Report): Promise<void> {
  const installed = path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
  const mark = path.join(pulumiHome, "plugins", `.resource-${name}-v${version}.origin`);
  const isCurrent =
    fs.existsSync(mark) &&
    fs.readFileSync(mark, "utf8") === program &&
    sizeOf(path.join(installed, path.basename(program))) === sizeOf(program);
  if (isCurrent) return;
  report(`installing plugin ${name} ${version}`);
  await runLogged({
    command: [engine.pulumi, "plugin", "install", "resource", name, version, "--reinstall", "--file", program],
    env: engine.environment,
    log: "plugin-install",
    report,
  });
  fs.writeFileSync(mark, program);
}

function sizeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.size;
}
