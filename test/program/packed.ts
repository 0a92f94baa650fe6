import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { repositoryRoot, stateRoot } from "../../lab/lib/paths.ts";

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** Programs with the library as another project would have it: packed, and installed by npm with its dependencies. */
export class PackedLibrary {
  /** Folder of the programs. */
  readonly directory = path.join(stateRoot, "packed-library");

  /** Packs the library and installs it for programs that need what one of them asks for. @param program its folder */
  async install(program: string): Promise<void> {
    fs.rmSync(this.directory, { recursive: true, force: true });
    fs.mkdirSync(this.directory, { recursive: true });
    await execa("npm", ["pack", "--pack-destination", this.directory], { cwd: repositoryRoot });
    const archive = fs.readdirSync(this.directory).find((file) => file.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm pack wrote no archive");
    const wanted = JSON.parse(fs.readFileSync(path.join(program, "package.json"), "utf8")) as Package;
    const dependencies = { ...wanted.dependencies, kovhernetes: `file:${archive}` };
    fs.writeFileSync(path.join(this.directory, "package.json"), JSON.stringify({ ...wanted, dependencies }));
    await execa("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: this.directory,
    });
  }

  /** A copy of a program's folder among the installed packages. */
  copy(program: string): string {
    const folder = path.join(this.directory, path.basename(program));
    fs.cpSync(program, folder, { recursive: true });
    fs.symlinkSync(path.join(this.directory, "node_modules"), path.join(folder, "node_modules"));
    return folder;
  }

  /** Every file of the installed package with this ending, as text by name. */
  files(ending: string): ReadonlyMap<string, string> {
    const root = path.join(this.directory, "node_modules", "kovhernetes");
    const names = fs.readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
    return new Map(names.map((name) => [name, fs.readFileSync(path.join(root, name), "utf8")]));
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}
