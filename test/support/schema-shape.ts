import { z } from "zod";
import { forms, type Form } from "../../components/config/values";

/** A value of the stack schema in terms that documents and type declarations can be made from. */
export type Shape =
  | Form
  | { readonly kind: "list"; readonly element: Shape }
  | { readonly kind: "byName"; readonly element: Shape }
  | { readonly kind: "object"; readonly fields: readonly Field[] };

/** A key of the stack, or a field of a structured one. */
export interface Field {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** What stands for a value that is not given; `undefined` for nothing. */
  readonly preset: unknown;
  readonly shape: Shape;
}

/** @throws Error for a schema that has no form, such as one that `values.ts` did not make */
export function shapeOf(schema: z.core.$ZodType): Shape {
  const form = forms.get(schema);
  if (form !== undefined) return form;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return shapeOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in);
  if (schema instanceof z.ZodArray) return { kind: "list", element: shapeOf(schema.element) };
  if (schema instanceof z.ZodRecord) return { kind: "byName", element: shapeOf(schema.valueType) };
  if (schema instanceof z.ZodObject) {
    return { kind: "object", fields: fieldsOf(schema.shape) };
  }
  throw new Error(`a schema of type ${schema._zod.def.type} has no form: make it with components/config/values.ts`);
}

/** @throws Error for a field without a description */
export function fieldsOf(shape: Readonly<Record<string, z.ZodType>>): readonly Field[] {
  return Object.entries(shape).map(([name, schema]) => {
    const { description } = schema;
    if (description === undefined) throw new Error(`${name} has no description: add .describe("…")`);
    const preset = schema.safeParse(undefined);
    return { name, description, isRequired: !preset.success, preset: preset.data, shape: shapeOf(schema) };
  });
}

/** Whether the value may also be true or false, which stands for an object with that `enabled`. */
export function isSwitch(shape: Shape): boolean {
  return shape.kind === "object" && shape.fields.some(({ name }) => name === "enabled");
}
