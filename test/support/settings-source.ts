import * as prettier from "prettier";
import { stackSchema } from "../../components/config/schema";
import { fieldsOf, isSwitch, type Field, type Shape } from "./schema-shape";

/** Where the declarations of {@link settingsSource} are kept. */
export const settingsFile = "components/generated/settings.ts";

/** A comment must not end early. */
const comment = (text: string): string => text.replaceAll("*/", "*\\/");

function typeText(shape: Shape): string {
  switch (shape.kind) {
    case "text":
      return "string";
    case "integer":
      return "number";
    case "flag":
      return "boolean";
    case "choice":
      return shape.words.map((word) => JSON.stringify(word)).join(" | ");
    case "anything":
      return "unknown";
    case "list":
      return `readonly (${typeText(shape.element)})[]`;
    case "byName":
      return `Readonly<Record<string, ${typeText(shape.element)}>>`;
    case "object":
      return `${isSwitch(shape) ? "boolean | " : ""}{\n${shape.fields.map((field) => member(field)).join("\n")}\n}`;
  }
}

function member({ name, description, isRequired, preset, shape }: Field, example?: unknown): string {
  const tags = [
    ...(preset === undefined ? [] : [`@default ${JSON.stringify(preset)}`]),
    ...(example === undefined ? [] : [`@example ${JSON.stringify(example)}`]),
  ];
  const lines = [description, ...tags].map(comment);
  const doc = lines.length === 1 ? `/** ${lines.join()} */` : `/**\n * ${lines.join("\n * ")}\n */`;
  return `${doc}\nreadonly ${name}${isRequired ? "" : "?"}: ${typeText(shape)}${isRequired ? "" : " | undefined"};`;
}

/**
 * The type of all settings, documented, for programs that make a cluster.
 * @param examples what keys may look like, by name
 */
export function settingsSource(examples: Readonly<Record<string, unknown>>): Promise<string> {
  const members = fieldsOf(stackSchema).map((field) => member(field, examples[field.name]));
  const text = `// Made from components/config/schema.ts by \`npm run documents\`; a test holds it current.

/**
 * The settings of a cluster, as a program gives them: the keys of a stack file by the same names, with the same meaning, defaults and checks.
 */
export interface ClusterSettings {
${members.join("\n\n")}
}
`;
  return prettier.format(text, { parser: "typescript", printWidth: 120 });
}
