import { afterEach, describe, expect, it } from "vitest";
import { plainStacks, type StackFormatter } from "../../components/plain-stacks";

const original = Error.prepareStackTrace;
const mapped: StackFormatter = (error) => `mapped: ${error.message}`;

function stackOf(make: () => Error): string | undefined {
  Error.prepareStackTrace = plainStacks(mapped);
  return make().stack;
}

describe("stacks", () => {
  afterEach(() => {
    Object.assign(Error, { prepareStackTrace: original });
  });

  it("are plain where an error says nothing, in the form that the SDK reads places from", () => {
    expect(stackOf(() => new Error())).toMatch(/^Error\n {4}at .*plain-stacks\.test\.ts:\d+:\d+/);
  });

  it("keep their formatter where an error says something or has a class of its own", () => {
    expect(stackOf(() => new Error("no such port"))).toBe("mapped: no such port");
    expect(stackOf(() => new TypeError())).toBe("mapped: ");
  });

  it("are left alone where none has a formatter", () => {
    expect(plainStacks(undefined)).toBeUndefined();
  });
});
