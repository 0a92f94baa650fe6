import { expect, it } from "vitest";
import { type Report, readOutcome } from "../../lab/lib/report.ts";

function reportOf(...testResults: Report["testResults"]): Report {
  return { numPassedTests: 3, testResults };
}

const passed = { status: "passed", fullName: "adds", failureMessages: [] };

it("names each failed test with its message, without colours", () => {
  const failed = {
    status: "failed",
    fullName: "lifecycle > grows",
    failureMessages: ["\u001b[31mexpected 1\u001b[39m\nto be 2"],
  };
  const report = reportOf({ name: "a.test.ts", status: "failed", message: "", assertionResults: [passed, failed] });
  expect(readOutcome(report, 1)).toEqual({
    passed: 3,
    failed: 1,
    failures: ["lifecycle > grows\n    expected 1\n    to be 2"],
  });
});

it("counts a file that failed outside its tests, beside failed tests of others", () => {
  const failed = { status: "failed", fullName: "grows", failureMessages: null };
  const report = reportOf(
    { name: "set-up.test.ts", status: "failed", message: "no cloud", assertionResults: [] },
    { name: "a.test.ts", status: "failed", message: "", assertionResults: [failed] },
  );
  expect(readOutcome(report, 1).failures).toEqual(["set-up.test.ts\n    no cloud", "grows\n    without a message"]);
});

it("shortens a long message in its middle, and says by how much", () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${String(index)}`).join("\n");
  const failed = { status: "failed", fullName: "grows", failureMessages: [long] };
  const report = reportOf({ name: "a.test.ts", status: "failed", message: "", assertionResults: [failed] });
  const [failure = ""] = readOutcome(report, 1).failures;
  expect(failure.split("\n")).toHaveLength(1 + 25 + 1 + 40);
  expect(failure).toMatch(/line 24\n {4}… 35 lines more …\n {4}line 60\n/);
  expect(failure).toMatch(/line 99$/);
});

it("is a failure where the run failed and no test did", () => {
  const report = reportOf({ name: "a.test.ts", status: "passed", message: "", assertionResults: [passed] });
  expect(readOutcome(report, 1)).toMatchObject({ failed: 1, failures: ["ended with 1, no test failed"] });
  expect(readOutcome(report, 0)).toMatchObject({ failed: 0, failures: [] });
});
