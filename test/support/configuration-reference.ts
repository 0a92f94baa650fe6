import { stringify } from "yaml";
import { stackSchema } from "../../components/config/schema";
import { markdownTable } from "./markdown";
import { fieldsOf, isSwitch, type Field, type Shape } from "./schema-shape";

const code = (text: string): string => `\`${text}\``;
/** A text in a cell of a table. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

function typeText(shape: Shape): string {
  switch (shape.kind) {
    case "text":
      return "text";
    case "integer":
      return `whole number, ${shape.least} to ${shape.most}`;
    case "flag":
      return "true or false";
    case "choice":
      return shape.words.map(code).join(", ");
    case "anything":
      return "value";
    case "list":
      return `list of ${shape.element.kind === "object" ? "objects" : typeText(shape.element)}`;
    case "byName":
      return `${shape.element.kind === "object" ? "objects" : typeText(shape.element)} by name`;
    case "object":
      return isSwitch(shape) ? "object, true or false" : "object";
  }
}

function presetText({ isRequired, preset }: Field): string {
  if (isRequired) return "required";
  return preset === undefined || preset === "" ? "" : code(JSON.stringify(preset));
}

/** What a structured value consists of; `undefined` where it has no fields. */
function fieldsIn(shape: Shape): readonly Field[] | undefined {
  if (shape.kind === "object") return shape.fields;
  return shape.kind === "list" || shape.kind === "byName" ? fieldsIn(shape.element) : undefined;
}

/** Address of a heading in the rendered page. */
const anchor = (name: string): string => `#${name.toLowerCase()}`;

function fieldTable(fields: readonly Field[], nameText: (field: Field) => string): string {
  const rows = fields.map((field) => [
    nameText(field),
    typeText(field.shape),
    presetText(field),
    field.description.replace(/^Required\. /, ""),
  ]);
  return markdownTable([["key", "type", "default", "meaning"], ...rows].map((row) => row.map(cell)));
}

/** The table of all keys of a stack. */
export function keyTable(): string {
  return fieldTable(fieldsOf(stackSchema), ({ name, shape }) =>
    fieldsIn(shape) === undefined ? code(name) : `[${code(name)}](${anchor(name)})`,
  );
}

/** One level of a structured value, then what is within it. */
function nestedTables(path: string, fields: readonly Field[]): readonly string[] {
  const inner = fields.flatMap(({ name, shape }) => {
    const within = fieldsIn(shape);
    return within === undefined ? [] : nestedTables(`${path}.${name}`, within);
  });
  const [, ...deeper] = path.split(".");
  const title = deeper.length === 0 ? [] : [`Within ${code(deeper.join("."))}:`];
  return [...title, fieldTable(fields, ({ name }) => code(name)), ...inner];
}

/**
 * A section for each structured key: its fields, and how it may look in a stack file.
 * @param examples by key
 */
export function configurationReference(examples: Readonly<Record<string, unknown>>): string {
  return fieldsOf(stackSchema)
    .flatMap(({ name, description, shape }) => {
      const fields = fieldsIn(shape);
      if (fields === undefined) return [];
      const example = examples[name];
      const lines = stringify({ config: { [`kovhernetes:${name}`]: example } }, { lineWidth: 0 }).trimEnd();
      const yaml = example === undefined ? [] : [`\`\`\`yaml\n${lines}\n\`\`\``];
      return [`### ${name}`, description, ...nestedTables(name, fields), ...yaml];
    })
    .join("\n\n");
}
