import { z } from "zod";
import { decode } from "./decode";
import { issueProblems, unknownKeyProblem, type ReadValue } from "./issues";
import { displayValue, looksLikePrivateKey, type Problem } from "../model/problems";
import { stackSchema, type CompleteStackValues, type StackKey, type StackValues } from "./schema";
import { displayPublicKey } from "./ssh-key";

/** What was read of a stack's values, each key by itself, so that one bad value hides no other. */
export interface ReadStack {
  readonly values: StackValues;
  /** All values, when none has a problem. */
  readonly complete?: CompleteStackValues;
  /** Values as the schema saw them, by key; absent when not given. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** Keys whose values the stack's file keeps encrypted, in whole or in part; absent for values that do not come from one. */
  readonly secretKeys?: ReadonlySet<string>;
}

function displayFor(key: string, secret: boolean): (value: unknown) => string {
  // May hold a token or a key, and need not be marked as a secret for that.
  if (key === ("authorizationWebhook" satisfies StackKey)) return () => "(not shown)";
  if (key === ("etcdSnapshots" satisfies StackKey)) {
    return (value) => (typeof value === "number" || value === undefined ? displayValue(value) : "(not shown)");
  }
  const isPublicKey = key === ("sshPublicKey" satisfies StackKey) && !secret;
  return (value) => {
    const mayBeShortened = isPublicKey && typeof value === "string" && value !== "" && !looksLikePrivateKey(value);
    return mayBeShortened ? displayPublicKey(value) : displayValue(value, secret);
  };
}

/**
 * Reads every key of a stack against its schema.
 *
 * @param raw values by key without namespace, as texts or already structured
 * @param secretKeys keys whose values must not be shown, as a stack's file tells; absent for values that do not come from one
 */
export function readStack(raw: Readonly<Record<string, unknown>>, secretKeys?: ReadonlySet<string>): ReadStack {
  const { values, given, problems } = readKeys(stackSchema, raw, secretKeys ?? new Set(), displayFor);
  const complete = problems.length === 0 ? { complete: values as CompleteStackValues } : {};
  return { values, given, problems, ...(secretKeys === undefined ? {} : { secretKeys }), ...complete };
}

/** What was read against a schema: values by key, absent or `undefined` where there is a problem. */
export interface ReadKeys {
  readonly values: Readonly<Record<string, unknown>>;
  readonly given: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

/**
 * Reads every key of a schema, and finds the keys that it does not have.
 * @param raw values by key without namespace, as texts or already structured
 * @param displayOf how a value of a key is shown
 */
export function readKeys(
  keySchemas: Readonly<Record<string, z.ZodType>>,
  raw: Readonly<Record<string, unknown>>,
  secretKeys: ReadonlySet<string>,
  displayOf: (key: string, secret: boolean) => (value: unknown) => string,
): ReadKeys {
  const problems: Problem[] = [];
  const given: Record<string, unknown> = {};
  const entries = Object.entries(keySchemas).map(([key, schema]): readonly [string, unknown] => {
    const display = displayOf(key, secretKeys.has(key));
    const result = decode(schema, raw[key]);
    if (!("decoded" in result)) {
      problems.push({ key, value: display(raw[key]), ...result });
      given[key] = raw[key];
      return [key, undefined];
    }
    const input = switchable.has(key) ? switchForm(result.decoded) : result.decoded;
    if (input !== undefined) given[key] = input;
    const parsed = schema.safeParse(input);
    if (parsed.success) return [key, parsed.data];
    const read: ReadValue = { key, schema, input, display };
    problems.push(...issueProblems(read, parsed.error.issues));
    return [key, undefined];
  });
  problems.push(...unknownKeys(raw, secretKeys, Object.keys(keySchemas)));
  return { values: Object.fromEntries(entries), given, problems };
}

/** Keys that may be true or false in place of what they hold. */
const switchable: ReadonlySet<string> = new Set<StackKey>(["etcdVolume", "etcdSnapshots"]);

function switchForm(input: unknown): unknown {
  return input === false || input === true ? { enabled: input } : input;
}

function unknownKeys(
  raw: Readonly<Record<string, unknown>>,
  secretKeys: ReadonlySet<string>,
  known: readonly string[],
): readonly Problem[] {
  return Object.keys(raw)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKeyProblem([key], displayValue(raw[key], secretKeys.has(key)), known));
}
