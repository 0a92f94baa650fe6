import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { capture, type Report, runLogged } from "../lib/process.ts";
import { goEnvironment } from "../mirror/go.ts";
import { type Plugin, pulumiVersion } from "./plugins.ts";
import { waitsKey, writeShortenedLibrary } from "./waits.ts";

/** A program and how the linker is told its version. */
interface Program {
  readonly name: string;
  /** Folder of its Go module, below this one. */
  readonly module: "cli" | "openstack" | "standins" | "terraform";
  /** What in that folder decides the program; all of it by default. */
  readonly sources?: readonly string[];
  readonly package: string;
  readonly version: string;
  readonly versionVariable: string;
  /** Whether its waits can be shortened, see `waits.ts`. */
  readonly hasWaits?: boolean;
}

const engine: readonly Program[] = [
  {
    name: "pulumi",
    module: "cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: `v${pulumiVersion}`,
    versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
  },
  {
    name: "pulumi-language-nodejs",
    module: "standins",
    sources: standinSources("pulumi-language-nodejs", "language"),
    package: "./cmd/pulumi-language-nodejs",
    version: pulumiVersion,
    versionVariable: "main.version",
  },
];

/**
 * Builds `pulumi` and its language host, unless they are cached.
 * @returns the folder that holds both.
 */
export async function buildEngine(report: Report): Promise<string> {
  return buildPrograms("engine", engine, report);
}

/**
 * Builds one resource plugin, unless it is cached.
 * @returns the path of the plugin's program.
 */
export async function buildPlugin(plugin: Plugin, report: Report): Promise<string> {
  const name = `pulumi-resource-${plugin.name}`;
  const bridged = plugin.name === "openstack";
  const program: Program = {
    name,
    module: bridged ? "openstack" : "standins",
    ...(bridged ? {} : { sources: standinSources(name, plugin.name) }),
    package: bridged ? "." : `./cmd/${name}`,
    version: plugin.version,
    versionVariable: "main.version",
    ...(bridged ? { hasWaits: true } : {}),
  };
  return path.join(await buildPrograms(`plugin-${plugin.name}`, [program], report), name);
}

const terraformProvider: Program = {
  name: "terraform-provider-openstack",
  module: "terraform",
  package: "github.com/terraform-provider-openstack/terraform-provider-openstack",
  version: "1.54.1",
  // It tells no version; the linker passes over a variable that is not there.
  versionVariable: "main.version",
};

/**
 * Builds Terraform's provider, of the release that the OpenStack plugin is made from, unless it is cached.
 * @returns the folder that holds it.
 */
export async function buildTerraformProvider(report: Report): Promise<string> {
  return buildPrograms("terraform-provider", [terraformProvider], report);
}

/** Stand-ins share a Go module but not much more: to change one is no reason to build the others. */
function standinSources(program: string, library: string): string[] {
  return ["go.mod", "go.sum", "internal", `cmd/${program}`, library];
}

async function buildPrograms(artefact: string, programs: readonly Program[], report: Report): Promise<string> {
  const sources = programs.map(({ module, sources: parts = ["."] }) =>
    hashTree(...parts.map((part) => path.join(import.meta.dirname, module, part))),
  );
  return cached(
    {
      name: artefact,
      key: [
        JSON.stringify(programs),
        ...sources,
        ...(programs.some(({ hasWaits }) => hasWaits) ? waitsKey : []),
        await goVersion(),
      ],
      build: async (directory) => {
        for (const program of programs) {
          const what = `building ${program.name} ${program.version}`;
          report(what);
          await compile(program, directory, (line) => {
            report(`${what}: ${line}`);
          });
        }
      },
    },
    report,
  );
}

async function compile(program: Program, directory: string, report: Report): Promise<void> {
  const linker = `-s -w -X ${program.versionVariable}=${program.version}`;
  const output = path.join(directory, program.name);
  const module = path.join(import.meta.dirname, program.module);
  const env = goEnvironment(false, "readonly");
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "kovhernetes-build-"));
  try {
    const options = program.hasWaits === true ? await writeShortenedLibrary(module, env, temporary) : [];
    await runLogged({
      command: ["go", "build", "-trimpath", ...options, "-ldflags", linker, "-o", output, program.package],
      cwd: module,
      env,
      log: `build-${program.name}`,
      report,
    });
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

async function goVersion(): Promise<string> {
  try {
    return await capture("go", ["env", "GOVERSION"]);
  } catch (error) {
    throw new Error("the engine is built with Go, and `go` is not in PATH: install Go 1.26 or newer", { cause: error });
  }
}

/**
 * Vets and tests the lab's own Go code. What is compiled, and that vet found nothing, is kept in the cache by the sources: compiling the tests'
 * dependencies takes minutes where Go's own cache is cold, and the tests a second. They run each time.
 * @throws Error with the last lines of a failing command.
 */
export async function goTest(report: Report): Promise<void> {
  for (const module of ["openstack", "standins"] as const) {
    const directory = path.join(import.meta.dirname, module);
    const packages = testedPackages(directory);
    const programs = await cached(
      {
        name: `go-tests-${module}`,
        key: [hashTree(directory), ...packages, await goVersion()],
        build: async (into) => {
          const go = (...command: readonly [string, ...string[]]) =>
            runLogged({
              command: ["go", ...command],
              cwd: directory,
              env: goEnvironment(false, "readonly"),
              log: `go-${command[0]}-${module}`,
              report,
            });
          await go("vet", "./...");
          for (const name of packages) await go("test", "-c", "-o", path.join(into, testProgram(name)), `./${name}`);
        },
      },
      report,
    );
    for (const name of packages) {
      // Tests run in the folder of their package, as `go test` has it.
      await runLogged({
        command: [path.join(programs, testProgram(name)), "-test.timeout=10m"],
        cwd: path.join(directory, name),
        log: `go-test-${module}`,
        report,
      });
    }
  }
}

/** Folders of a module that hold tests, relative to it. */
function testedPackages(directory: string): string[] {
  const files = fs.readdirSync(directory, { recursive: true, encoding: "utf8" });
  return [...new Set(files.filter((file) => file.endsWith("_test.go")).map((file) => path.dirname(file)))].sort();
}

function testProgram(name: string): string {
  return `${name.replaceAll(path.sep, "-")}.test`;
}
