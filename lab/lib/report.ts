import { stripVTControlCharacters } from "node:util";

/** What is read of the report that vitest's reporter `json` writes. */
export interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** What a suite gave: counts of tests, and of each failure its name, and the beginning and the end of its message. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

/** Lines of a message that are repeated at the end of a run: the first ones, enough for an assertion and its difference, and the last ones, with what a program said before it ended. */
const firstLines = 25;
const lastLines = 40;

/**
 * What a run of vitest gave. A file that failed outside its tests counts as one failure, and so does a run
 * that ended with an error of which the report has nothing.
 */
export function readOutcome(report: Report, exitCode: number | undefined): Outcome {
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [describe(name, message)] : [];
    return failed.map(({ fullName, failureMessages }) => describe(fullName, (failureMessages ?? []).join("\n")));
  });
  if (failures.length === 0 && exitCode !== 0) failures.push(`ended with ${String(exitCode)}, no test failed`);
  return { passed: report.numPassedTests, failed: failures.length, failures };
}

function describe(name: string, message: string): string {
  const lines = stripVTControlCharacters(message.trim() || "without a message").split("\n");
  const omitted = lines.length - firstLines - lastLines;
  const shown =
    omitted > 0
      ? [...lines.slice(0, firstLines), `… ${String(omitted)} lines more …`, ...lines.slice(-lastLines)]
      : lines;
  return [name, ...shown.map((line) => `    ${line}`)].join("\n");
}
