import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { readDocument } from "../support/documented-commands";
import { repository } from "../support/markdown";

/** Cells of each row of a page's tables, their heads left out. */
function rowsOf(page: string): readonly (readonly string[])[] {
  return readDocument(page)
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (symptom|what is to be done|-+) /.test(line))
    .map((line) =>
      line
        .slice(2, -1)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
}

/** A symptom by its first quoted text, or by its words. */
const symptom = (cell: string): string => /^`([^`]+)`/.exec(cell)?.[1] ?? cell;

describe("docs/remedies.md", () => {
  const rows = rowsOf("docs/remedies.md");

  test("has every symptom of docs/troubleshooting.md, in its order", () => {
    expect(rows.length).toBeGreaterThan(90);
    const symptoms = rowsOf("docs/troubleshooting.md").map(([cell = ""]) => symptom(cell));
    expect(rows.slice(0, symptoms.length).map(([cell = ""]) => symptom(cell))).toEqual(symptoms);
  });

  test("says how each remedy was tried, by tests that there are, or why it was not", () => {
    const wrong = rows.flatMap(([cell = "", how = "", tests = "", seen = ""]) => {
      if (how === "not tried") return tests === "" && seen !== "" ? [] : [`${cell}: no reason`];
      const named = [...tests.matchAll(/`([^`]+)`(?: “([^”]+)”)?/g)];
      if (!["carried out", "words"].includes(how) || named.length === 0) return [`${cell}: ${how}, no test`];
      return named.flatMap(([, file = "", words = ""]) => {
        const found = [`test/${file}.test.ts`, `test/${file}.ts`]
          .map((name) => path.join(repository, name))
          .find((name) => fs.existsSync(name));
        if (found === undefined) return [`${cell}: no file ${file}`];
        return fs.readFileSync(found, "utf8").includes(words) ? [] : [`${cell}: ${file} has no “${words}”`];
      });
    });
    expect(wrong).toEqual([]);
  });
});
