import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLinearizable, lostWrites, type Operation } from "../support/history";

const write = (value: string, begin: number, end?: number): Operation => ({
  ...{ kind: "write", value, begin },
  ...(end === undefined ? {} : { end }),
});
const read = (value: string | undefined, begin: number, end: number): Operation => ({
  kind: "read",
  value,
  begin,
  end,
});

describe("a history of a register", () => {
  it.each<[string, readonly Operation[]]>([
    ["nothing was done", []],
    ["a read gives what was written before it", [write("a", 0, 1), read("a", 2, 3)]],
    ["a read beside a write gives either", [write("a", 0, 1), write("b", 2, 6), read("a", 3, 4), read("b", 4.5, 5)]],
    ["a write without an answer happened", [write("a", 0), read("a", 5, 6), read("a", 7, 8)]],
    ["a write without an answer happened late", [write("a", 0), write("b", 1, 2), read("b", 3, 4), read("a", 5, 6)]],
    ["a write without an answer never happened", [write("a", 0, 1), write("b", 2), read("a", 3, 4)]],
    [
      "two reads order two writes that were beside each other",
      [write("a", 0, 9), write("b", 0, 9), read("b", 1, 2), read("a", 3, 4)],
    ],
  ])("is one of a register where %s", (_, history) => {
    expect(isLinearizable(history)).toBe(true);
  });

  it.each<[string, readonly Operation[]]>([
    ["an acknowledged write is lost", [write("a", 0, 1), read(undefined, 2, 3)]],
    ["a read is stale", [write("a", 0, 1), write("b", 2, 3), read("a", 4, 5)]],
    ["a value comes back", [write("a", 0, 1), write("b", 2), read("b", 3, 4), read("a", 5, 6)]],
    [
      "two readers see two orders",
      [write("a", 0, 9), write("b", 0, 9), read("a", 1, 2), read("b", 3, 4), read("a", 5, 6)],
    ],
    ["something is read that nobody wrote", [write("a", 0, 1), read("x", 2, 3)]],
    ["something is read before it is written", [read("a", 0, 1), write("a", 2, 3)]],
  ])("is none of a register where %s", (_, history) => {
    expect(isLinearizable(history)).toBe(false);
  });

  /** What a real register gives to clients one after the other in a random order, seen by clocks that begin earlier and end later. */
  const right = fc
    .array(fc.record({ isWrite: fc.boolean(), early: fc.nat(3), late: fc.nat(3), isTold: fc.boolean() }), {
      maxLength: 40,
    })
    .map((steps) => {
      let value: string | undefined;
      return steps.map(({ isWrite, early, late, isTold }, at): Operation => {
        if (isWrite) value = `value-${at}`;
        const times = { begin: at - early, ...(isWrite && !isTold ? {} : { end: at + late }) };
        return { kind: isWrite ? "write" : "read", value, ...times };
      });
    });

  it("is one of a register whenever a register made it", () => {
    fc.assert(fc.property(right, (history) => isLinearizable(history)));
  });

  it("is none once a read in it gives what nobody wrote, or what a later acknowledged write has replaced", () => {
    fc.assert(
      fc.property(right, (history) => {
        const last = Math.max(0, ...history.map(({ begin, end = begin }) => end)) + 1;
        const finished = [...history, write("last", last, last + 1)];
        expect(isLinearizable([...finished, read("nobody's", last + 2, last + 3)])).toBe(false);
        expect(isLinearizable([...finished, read(undefined, last + 2, last + 3)])).toBe(false);
        expect(isLinearizable([...finished, read("last", last + 2, last + 3)])).toBe(true);
      }),
    );
  });

  it("tells which acknowledged writes of a set are gone, and forgives those that nobody was told of", () => {
    expect(lostWrites([write("a", 0, 1), write("b", 0, 1), write("c", 0)], new Set(["a"]))).toEqual(["b"]);
  });
});
