import * as fs from "node:fs";
import * as path from "node:path";
import { yamlText } from "../components/model/yaml";
import type { KeyPair } from "./machine";
import { scripts } from "./paths";

/** One file that the user data writes; the owner is always root. */
export interface MachineFile {
  readonly path: string;
  readonly content: string;
  /** Octal permissions: secrets `0600`, scripts `0755`, those that may hold secrets `0700`, all else `0644`. */
  readonly mode: "0600" | "0644" | "0700" | "0755";
}

/** A file that anyone on the machine may read. */
export function publicFile(filePath: string, content: string): MachineFile {
  return { path: filePath, content, mode: "0644" };
}

/** A file for root alone. */
export function secretFile(filePath: string, content: string): MachineFile {
  return { path: filePath, content, mode: "0600" };
}

/** A configuration object of a Kubernetes component, as YAML that anyone may read. */
export function configurationFile(filePath: string, configuration: object): MachineFile {
  return publicFile(filePath, yamlText(configuration));
}

/** `DIRECTORY/NAME.crt` and `DIRECTORY/NAME.key`. */
export function keyPairFiles(directory: string, name: string, pair: KeyPair): readonly MachineFile[] {
  return [
    publicFile(`${directory}/${name}.crt`, withFinalNewline(pair.certificate)),
    secretFile(`${directory}/${name}.key`, withFinalNewline(pair.privateKey)),
  ];
}

/** PEM files are concatenated by some readers, which needs the final newline. */
export function withFinalNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** A script of `files/`, as it goes to the machine: without its comments, which were a fifth of a node's user data. */
export function scriptFile(name: string): MachineFile {
  const content = withoutComments(fs.readFileSync(path.join(__dirname, "files", name), "utf8"));
  return { path: `${scripts}/${name}`, content, mode: "0755" };
}

/** A script without lines that are comments alone, but for its first, which names the interpreter. Here-documents have no such lines. */
export function withoutComments(script: string): string {
  const [first = "", ...lines] = script.split("\n");
  return [first, ...lines.filter((line) => !/^\s*#/.test(line))].join("\n");
}
