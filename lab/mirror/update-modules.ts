import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { componentsOf, objectStorage, type GoComponent } from "./components.ts";
import { goEnvironment, moduleDirectory } from "./go.ts";
import { versions } from "./versions.ts";

// Writes go.mod and go.sum of every component version that has none yet, from the module's own requirements. Run it
// after an edit of versions.ts, with `--again` to write all of them anew, and commit what it wrote.

interface GoModule {
  readonly Go: string;
  readonly GoDebug: readonly { readonly Key: string; readonly Value: string }[] | null;
  readonly Replace:
    | readonly {
        readonly Old: { readonly Path: string };
        readonly New: { readonly Path: string; readonly Version?: string };
      }[]
    | null;
}

async function upstreamModule(module: string): Promise<GoModule> {
  const download = await execa("go", ["mod", "download", "-json", module], { env: { GOWORK: "off" } });
  const { GoMod } = JSON.parse(download.stdout) as { GoMod: string };
  const edit = await execa("go", ["mod", "edit", "-json", GoMod]);
  return JSON.parse(edit.stdout) as GoModule;
}

/** Replacements hold in a main module only, so upstream's own are taken over; those by folders of its repository by version. */
function upstreamReplacements(upstream: GoModule, version: string): string[] {
  const staging = version.replace(/^v1\./, "v0.");
  return (upstream.Replace ?? []).flatMap(({ Old, New }) => {
    if (New.Version !== undefined) return [`${Old.Path}=${New.Path}@${New.Version}`];
    return New.Path.startsWith("./staging/") ? [`${Old.Path}=${Old.Path}@${staging}`] : [];
  });
}

async function update(component: GoComponent): Promise<void> {
  const directory = moduleDirectory(component);
  const upstream = await upstreamModule(component.modules[0] ?? "");
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, "go.mod"), `module lab/${component.name}\n`);
  const go = (...args: string[]) => execa("go", args, { cwd: directory, env: goEnvironment(true, "mod") });
  const replace = [...upstreamReplacements(upstream, component.version), ...(component.replace ?? [])];
  await go(
    "mod",
    "edit",
    ...[`-go=${upstream.Go}`, ...component.modules.map((module) => `-require=${module}`)],
    ...(upstream.GoDebug ?? []).map(({ Key, Value }) => `-godebug=${Key}=${Value}`),
    ...replace.map((replacement) => `-replace=${replacement}`),
    ...component.programs.map((program) => `-tool=${program.package}`),
  );
  const tags = component.programs.flatMap((program) => program.tags ?? []).join(",");
  await go("list", "-deps", `-tags=${tags}`, "tool");
}

const all = componentsOf([...versions.kubernetes, versions.earlierKubernetes, versions.nextKubernetes]);
for (const component of [...all, objectStorage]) {
  const name = `${component.name} ${component.version}`;
  if (fs.existsSync(moduleDirectory(component)) && !process.argv.includes("--again")) {
    console.log(`${name}: there already`);
  } else {
    await update(component);
    console.log(`${name}: written`);
  }
}
