import { z } from "zod";
import type { Answer, Section } from "./section.ts";

/** A resource that `pulumi up` would change. */
export interface DriftRow {
  /** What would be done, in Pulumi's words: `create`, `update`, `delete`, `replace`. */
  readonly change: string;
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly properties: readonly string[];
}

const preview = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        diffReasons: z.array(z.string()).nullish(),
        replaceReasons: z.array(z.string()).nullish(),
      }),
    )
    .default([]),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).default([]),
});

/** Operations that change nothing in the cloud, and the two halves of a `replace`, which is told as well. */
const silent = new Set(["same", "refresh", "read", "create-replacement", "delete-replaced"]);

/** What to think of `pulumi preview --refresh --json`. */
export function driftSection(answer: Answer<string>): Section<DriftRow> {
  if ("failure" in answer) return { rows: [], wrong: [], unknown: [answer.failure], notes: [] };
  const { steps, diagnostics } = preview.parse(JSON.parse(answer.value));
  const rows = steps
    .filter(({ op }) => !silent.has(op))
    .map(({ op, urn, diffReasons, replaceReasons }): DriftRow => {
      const [, , types = "", name = ""] = urn.split("::");
      const properties = [...new Set([...(diffReasons ?? []), ...(replaceReasons ?? [])])];
      return { change: op, type: types.split("$").pop() ?? "", name, properties };
    });
  const warnings = diagnostics
    .filter(({ severity }) => severity === "warning")
    .map(({ message }) => message.replace(/^warning: /, "").trim())
    // Of the provider's own settings, which are not the user's.
    .filter((message) => !message.startsWith("provider config warning:"));
  return {
    rows,
    wrong: rows.map(
      ({ change, type, name, properties }) =>
        `${name} (${type}) is not as configured: \`pulumi up\` would ${change} it` +
        (properties.length === 0 ? "" : ` for ${properties.join(", ")}`),
    ),
    unknown: [],
    // What the program says: machines that wait for a generation, settings that are dangerous.
    notes: [...new Set(warnings)],
  };
}

/** For whoever asked not to look. */
export const driftSkipped: Section<DriftRow> = { rows: [], wrong: [], unknown: [], notes: [], skipped: true };
