import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryRoot } from "../lib/paths.ts";

/** Version of the Pulumi command line and of the language host that the lab builds. */
export const pulumiVersion = "3.259.0";

/** A resource plugin that the program's npm packages ask for. */
export interface Plugin {
  /** As in `pulumi plugin ls`, for instance `openstack`. */
  readonly name: string;
  /** Semantic version without a leading `v`. */
  readonly version: string;
}

interface Manifest {
  readonly version: string;
  readonly pulumi?: { readonly name?: string; readonly version?: string };
}

/** The plugins of the npm packages in `node_modules`, at the versions that these ask for. */
export function requiredPlugins(): Plugin[] {
  return ["openstack", "tls", "kubernetes"].map((name) => {
    const file = path.join(packageDirectory(name), "package.json");
    const manifest = JSON.parse(fs.readFileSync(file, "utf8")) as Manifest;
    return {
      name: manifest.pulumi?.name ?? name,
      version: (manifest.pulumi?.version ?? manifest.version).replace(/^v/, ""),
    };
  });
}

/** Where npm has put the package of a provider. */
export function packageDirectory(name: string): string {
  return path.join(repositoryRoot, "node_modules/@pulumi", name);
}
