import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** As the Pulumi CLI looks for it, in this order, in a folder and in those above it. */
const fileNames = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"] as const;

const project = z.object({ name: z.string().min(1) });

/**
 * The name of the project that the Pulumi CLI finds from a folder: the namespace of its stacks' own configuration. It is the user's choice, not
 * this program's: `pulumi new` asks for it.
 * @throws Error when there is none
 */
export function projectName(folder: string): string {
  const [file] = fileNames.map((name) => path.join(folder, name)).filter((one) => fs.existsSync(one));
  const above = path.dirname(folder);
  if (file === undefined && above !== folder) return projectName(above);
  if (file === undefined) throw new Error("no Pulumi.yaml in the folder, or above it: name the project's by --cwd");
  const read = project.safeParse(parse(fs.readFileSync(file, "utf8")));
  if (!read.success) throw new Error(`${file} gives the project no name`);
  return read.data.name;
}
