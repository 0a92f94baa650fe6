import * as fs from "node:fs";
import * as path from "node:path";
import { capture } from "../lib/process.ts";

/**
 * Variable of the environment that shortens how long the built OpenStack plugin waits before it looks whether a thing is made or gone: a part
 * of one, for instance `0.1`. It waits five seconds for what belongs to a network and ten for a server or a volume, and asks every three,
 * however fast the cloud is. How often it looks, and for how long, stays its own. Without the variable it waits as the official plugin does.
 */
export const waitsVariable = "KOVHERNETES_LAB_PROVIDER_WAITS";

/** Where every wait of Terraform's providers begins. */
const library = "github.com/hashicorp/terraform-plugin-sdk/v2";
const file = "helper/retry/state.go";
const beginning = "func (conf *StateChangeConf) WaitForStateContext(ctx context.Context) (interface{}, error) {\n";

const imports = 'import (\n\t"context"\n\t"log"\n\t"time"\n)\n';
const withMore = 'import (\n\t"context"\n\t"log"\n\t"os"\n\t"strconv"\n\t"time"\n)\n';

const shortened = `
	if part, err := strconv.ParseFloat(os.Getenv("${waitsVariable}"), 64); err == nil && part > 0 && part < 1 {
		conf.Delay = time.Duration(float64(conf.Delay) * part)
		conf.MinTimeout = time.Duration(float64(conf.MinTimeout) * part)
	}
`;

/** Everything by which a build with {@link writeShortenedLibrary} differs from one without. */
export const waitsKey = [library, file, shortened];

/**
 * Writes the library with waits that can be shortened, and files of a Go module that is built with it.
 * @param module folder of the Go module
 * @param environment of every `go` command there
 * @param directory that takes all of it until the build is over
 * @returns what `go build` is told besides
 * @throws Error when the library is not as it is known here
 */
export async function writeShortenedLibrary(
  module: string,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<readonly string[]> {
  const go = (...args: readonly string[]) => capture("go", args, { cwd: module, env: environment });
  const original = await go("list", "-m", "-f", "{{if .Replace}}{{.Replace.Dir}}{{else}}{{.Dir}}{{end}}", library);
  const text = fs.readFileSync(path.join(original, file), "utf8");
  if (text.split(beginning).length !== 2 || text.split(imports).length !== 2) {
    throw new Error(`${file} of ${original} is not as lab/engine/waits.ts knows it: change what is replaced there`);
  }
  const copy = path.join(directory, "library");
  fs.cpSync(original, copy, { recursive: true });
  // Go keeps modules so that nobody writes to them.
  for (const writable of [path.dirname(path.join(copy, file)), path.join(copy, file)]) fs.chmodSync(writable, 0o755);
  const changed = text.replace(imports, withMore).replace(beginning, `${beginning}${shortened}`);
  fs.writeFileSync(path.join(copy, file), changed);
  for (const name of ["go.mod", "go.sum"]) fs.copyFileSync(path.join(module, name), path.join(directory, name));
  const modfile = path.join(directory, "go.mod");
  await go("mod", "edit", `-replace=${library}=${copy}`, modfile);
  return [`-modfile=${modfile}`];
}
