import { afterEach, describe, expect, it, vi } from "vitest";
import { plainStacks, type StackFormatter } from "../../components/plain-stacks";

// eslint-disable-next-line @typescript-eslint/unbound-method -- V8 calls it without an object
const original = { prepareStackTrace: Error.prepareStackTrace, stackTraceLimit: Error.stackTraceLimit };
const mapped: StackFormatter = (error) => `mapped: ${error.message}`;

function stackOf(make: () => Error, limit = 10): string | undefined {
  Object.assign(Error, { prepareStackTrace: plainStacks(mapped), stackTraceLimit: limit });
  return make().stack;
}

describe("stacks", () => {
  afterEach(() => {
    Object.assign(Error, original);
    vi.unstubAllEnvs();
  });

  it("of promises that the SDK follows have no places", () => {
    expect(stackOf(() => new Error())).toBe("Error");
  });

  it("of resources have them in the form that the SDK reads", () => {
    expect(stackOf(() => new Error(), Number.POSITIVE_INFINITY)).toMatch(
      /^Error\n {4}at .*plain-stacks\.test\.ts:\d+:\d+/,
    );
  });

  it("of resources end with the program, without what launched it", () => {
    const stack = stackOf(() => new Error(), Number.POSITIVE_INFINITY) ?? "";
    Object.assign(Error, original, { stackTraceLimit: Number.POSITIVE_INFINITY });
    expect(new Error().stack).toContain("node_modules");
    expect(stack).not.toContain("node_modules");
  });

  it("keep their formatter where an error says something or has a class of its own", () => {
    expect(stackOf(() => new Error("no such port"))).toBe("mapped: no such port");
    expect(stackOf(() => new TypeError())).toBe("mapped: ");
  });

  it("are left alone where none has a formatter, and where promises are looked for that never end", () => {
    expect(plainStacks(undefined)).toBeUndefined();
    vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "true");
    expect(stackOf(() => new Error())).toBe("mapped: ");
  });
});
