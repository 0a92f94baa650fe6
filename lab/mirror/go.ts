import * as fs from "node:fs";
import * as path from "node:path";
import { cached, hashTree } from "../lib/cache.ts";
import { capture, type Report, runLogged } from "../lib/process.ts";
import type { GoComponent, GoProgram } from "./components.ts";

/** Folder of a component version's committed go.mod and go.sum. */
export function moduleDirectory(component: Pick<GoComponent, "name" | "version">): string {
  return path.join(import.meta.dirname, "modules", component.name, component.version);
}

/** Environment of every `go` command: nothing of the user's settings that would change the result. */
export function goEnvironment(cgo: boolean, mod: "readonly" | "mod"): NodeJS.ProcessEnv {
  return {
    ...{ GOFLAGS: `-mod=${mod} -buildvcs=false`, GOWORK: "off", GOOS: "linux", GOARCH: "amd64", GOAMD64: "v1" },
    CGO_ENABLED: cgo ? "1" : "0",
  };
}

/**
 * Everything that decides a component's programs.
 * @throws Error when there is no Go, or the component's version has no module files.
 */
export async function goComponentKey(component: GoComponent): Promise<readonly string[]> {
  const modules = moduleDirectory(component);
  if (!fs.existsSync(modules)) {
    throw new Error(
      `${component.name} ${component.version} has no module files: run npx node lab/mirror/update-modules.ts`,
    );
  }
  return [component.version, hashTree(modules), JSON.stringify(component.programs), await goVersion()];
}

/**
 * Gives a directory with a component's programs, built from Go modules when the cache has none of that version.
 * @throws Error as {@link goComponentKey}, or when a build fails.
 */
export async function ensureGoComponent(component: GoComponent, report: Report): Promise<string> {
  return cached(
    {
      name: component.name,
      key: await goComponentKey(component),
      build: async (directory) => {
        for (const [index, program] of component.programs.entries()) {
          const name = `${component.name} ${component.version}: ${program.name}`;
          const position = `${String(index + 1)} of ${String(component.programs.length)}`;
          report(`building ${name} (${position})`);
          await build(component, program, directory, (line) => {
            report(`building ${name} (${position}): ${line}`);
          });
        }
      },
    },
    report,
  );
}

async function build(component: GoComponent, program: GoProgram, directory: string, report: Report): Promise<void> {
  const variables = Object.entries(program.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const linker = ["-s", "-w", ...variables, ...(program.cgo ? ["-linkmode external", "-extldflags -static"] : [])];
  await runLogged({
    command: [
      ...(["go", "build", "-trimpath"] as const),
      ...(program.tags === undefined ? [] : ["-tags", program.tags.join(",")]),
      ...["-ldflags", linker.join(" "), "-o", path.join(directory, program.name), program.package],
    ],
    cwd: moduleDirectory(component),
    env: goEnvironment(program.cgo ?? false, "readonly"),
    log: `build-${component.name}`,
    report,
  });
}

async function goVersion(): Promise<string> {
  try {
    return await capture("go", ["env", "GOVERSION"]);
  } catch (error) {
    throw new Error("the mirror is built with Go, and `go` is not in PATH: install Go 1.26 or newer", { cause: error });
  }
}
