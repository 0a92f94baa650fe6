import { parseDocument } from "yaml";
import { z } from "zod";
import type { Flaw } from "../model/problems";

/** A schema without the wrappers that make it optional or give it a default. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodOptional;
  return isWrapped ? unwrap(schema.unwrap()) : schema;
}

/** What a YAML text says, or why it cannot be read. JSON is YAML, and this parser, unlike JSON.parse, sees a key that is given twice. */
export function readYaml(
  text: string,
): { readonly decoded: unknown } | { readonly failure: "duplicate" | "unreadable" } {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { failure: error.code === "DUPLICATE_KEY" ? "duplicate" : "unreadable" };
  try {
    return { decoded: document.toJS() };
  } catch {
    // An alias of nothing, or of too much.
    return { failure: "unreadable" };
  }
}

function parseStructure(text: string): { readonly decoded: unknown } | Flaw {
  const read = readYaml(text);
  if ("decoded" in read) return read;
  return read.failure === "duplicate"
    ? { reason: "has the same name twice", remedy: "give every name once" }
    : {
        reason: "cannot be read as JSON",
        remedy: "give JSON, or set one part at a time with `pulumi config set --path`",
      };
}

/**
 * A value as its schema expects it. Stack values arrive as texts: lists and objects as JSON, and a list also as its
 * elements with commas, so that `pulumi config set adminCidrs 203.0.113.7/32` does. A blank is a value not given.
 */
export function decode(schema: z.ZodType, raw: unknown): { readonly decoded: unknown } | Flaw {
  if (raw === undefined || raw === null || raw === "") return { decoded: undefined };
  if (typeof raw !== "string") return { decoded: raw };
  const inner = unwrap(schema);
  const isList = inner instanceof z.ZodArray;
  if (isList && !raw.trimStart().startsWith("[")) return { decoded: raw.split(",").map((element) => element.trim()) };
  return isList || inner instanceof z.ZodObject || inner instanceof z.ZodRecord
    ? parseStructure(raw)
    : { decoded: raw };
}
