import * as fs from "node:fs";
import * as path from "node:path";
import * as vm from "node:vm";
import * as ts from "typescript";

/** Folders of the example programs. */
export const examplesDirectory = path.join(__dirname, "../../examples");

/** Names of the example programs. */
export const examplePrograms: readonly string[] = fs
  .readdirSync(examplesDirectory)
  .filter((name) => fs.existsSync(path.join(examplesDirectory, name, "index.ts")))
  .sort();

/** What an example exports: a function that makes everything and gives the stack's outputs. */
export type ExampleProgram = () => Promise<Readonly<Record<string, unknown>>>;

/**
 * Compiles an example as Pulumi does and gives what it exports.
 * @param modules what it imports, by name: so that it meets the mocks that the test has set
 */
export function loadExample(name: string, modules: Readonly<Record<string, unknown>>): ExampleProgram {
  const source = fs.readFileSync(path.join(examplesDirectory, name, "index.ts"), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.CommonJS },
  });
  const module: { exports: unknown } = { exports: {} };
  const require = (specifier: string): unknown => {
    const found = modules[specifier];
    if (found === undefined) throw new Error(`${name} imports ${specifier}, which its test does not give`);
    return found;
  };
  const run = vm.runInThisContext(`(function (module, exports, require) {${outputText}\n})`) as (
    ...wrapper: readonly [typeof module, unknown, typeof require]
  ) => void;
  run(module, module.exports, require);
  return module.exports as ExampleProgram;
}
