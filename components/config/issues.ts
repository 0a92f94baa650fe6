import { z } from "zod";
import { unwrap } from "./decode";
import { nearest } from "./nearest";
import { displayValue, type Problem } from "../model/problems";
import { successorHint } from "./successors";

type Path = readonly PropertyKey[];

/** One value of a stack: what a message about it needs. */
export interface ReadValue {
  readonly key: string;
  readonly schema: z.ZodType;
  readonly input: unknown;
  /** Shows a value inside this one. */
  readonly display: (value: unknown) => string;
}

const suspiciousName = /pass|secret|token|private|credential/i;

/** A path as `pulumi config set --path` takes it: `nodePools.default.labels["example.org/tier"]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === "number") return `${text}[${segment}]`;
    const name = String(segment);
    if (!/^[\w-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, segment) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[segment] : undefined,
    input,
  );
}

function fieldsAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const inner = unwrap(schema);
  const [segment, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const shape = inner.shape as Readonly<Record<string, z.core.$ZodType>>;
    if (segment === undefined) return Object.keys(shape);
    const field = shape[String(segment)];
    return field === undefined ? [] : fieldsAt(field, rest);
  }
  if (inner instanceof z.ZodRecord) return fieldsAt(inner.valueType, rest);
  return inner instanceof z.ZodArray ? fieldsAt(inner.element, rest) : [];
}

/** The problem of a key that nobody reads. */
export function unknownKeyProblem(path: Path, shown: string, known: readonly string[]): Problem {
  const name = String(path.at(-1));
  return {
    key: pathText(path),
    value: suspiciousName.test(name) ? "(not shown)" : shown,
    reason: "is not a known key",
    remedy: unknownKeyRemedy(path, name, known),
  };
}

function unknownKeyRemedy(path: Path, name: string, known: readonly string[]): string {
  const full = (key: string): string => (key.includes(":") ? key : pathText([...path.slice(0, -1), key]));
  const successor = successorHint(name, known);
  if (successor !== undefined) {
    const { key, note } = successor;
    const parts = [...(key === undefined ? ["remove it"] : [`write ${full(key)} instead`]), ...(note ? [note] : [])];
    return parts.join(": ");
  }
  const meant = nearest(name, known);
  return meant === undefined ? `remove it; known here: ${known.join(", ")}` : `write ${full(meant)}`;
}

function remedyOf(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType): string {
  const meaning = schema.description ?? "see Pulumi.yaml";
  if (value === undefined) return `give it: ${meaning}`;
  const remedy: unknown = issue.code === "custom" ? issue.params?.["remedy"] : undefined;
  return typeof remedy === "string" ? remedy : `the key means: ${meaning}`;
}

function reasonOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "custom") return issue.message;
  if (value === undefined) return "is not given";
  if (issue.code === "too_small") return "is empty";
  if (issue.code !== "invalid_type") return issue.message;
  const shapes: Readonly<Record<string, string>> = {
    array: "a list",
    object: "an object",
    record: "an object by name",
  };
  return `is not ${shapes[issue.expected] ?? issue.expected}`;
}

/** The problems that a schema found in one value, each at its own path. */
export function issueProblems(read: ReadValue, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    const path = [read.key, ...issue.path];
    const value = valueAt(read.input, issue.path);
    // A script may hold secrets, whoever gives it.
    const display = issue.path.includes("userDataExtra") ? () => "(not shown)" : read.display;
    if (issue.code === "unrecognized_keys") {
      const known = fieldsAt(read.schema, issue.path);
      const shown = (name: string) => display(valueAt(value, [name]));
      return issue.keys.map((name) => unknownKeyProblem([...path, name], shown(name), known));
    }
    if (issue.code === "invalid_key") {
      const name = displayValue(String(issue.path.at(-1)));
      return issue.issues.map((inner) => ({
        key: pathText(path),
        value: name,
        reason: inner.message,
        remedy: remedyOf(inner, issue.path.at(-1), read.schema),
      }));
    }
    const reason = reasonOf(issue, value);
    return [{ key: pathText(path), value: display(value), reason, remedy: remedyOf(issue, value, read.schema) }];
  });
}
