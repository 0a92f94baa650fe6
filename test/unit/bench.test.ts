import { describe, expect, it } from "vitest";
import { benchOptions, type Work } from "../../lab/bench/options.ts";
import { turns } from "../../lab/bench/order.ts";
import { markdown, medians, type Row } from "../../lab/bench/table.ts";

const row = (contender: Row["contender"], seconds: number): Row => ({
  nodes: 3,
  work: "preview",
  contender,
  seconds,
  cpuSeconds: seconds / 2,
  peakMemory: 100 * seconds,
  requests: 0,
  refused: 0,
});

describe("options of the benchmark", () => {
  it("are everything by default, and in a fixed order whatever was said", () => {
    expect(benchOptions([])).toMatchObject({ sizes: [3, 20], runs: 3, offline: false });
    const { works, sizes } = benchOptions(["--works", "destroy,up", "--sizes", "200, 3"]);
    expect([works, sizes]).toEqual([
      ["up", "destroy"],
      [3, 200],
    ]);
  });

  it("without a cloud are previews from nothing", () => {
    expect(benchOptions(["--offline"]).works).toEqual(["start", "preview"]);
    expect(() => benchOptions(["--offline", "--works", "up"])).toThrow("choose of start, preview");
    expect(() => benchOptions(["--offline", "--limit", "5"])).toThrow("--limit 5: needs a cloud");
  });

  it("that are wrong are all named", () => {
    expect(() => benchOptions(["--sizes", "0", "--contenders", "ansible"])).toThrow(
      /--sizes 0.*\n--contenders ansible/,
    );
  });
});

describe("turns of the benchmark", () => {
  const told = (contenders: readonly string[], works: readonly Work[], run: number): string[] =>
    turns(contenders, works, run).map(({ work, contender }) => `${work} ${contender}`);

  it("let one contender after another make machines, each in a cloud without the others'", () => {
    expect(told(["a", "b"], ["preview", "up", "up-unchanged"], 1)).toEqual([
      ...["preview a", "preview b"],
      ...["up a", "up-unchanged a", "destroy a"],
      ...["up b", "up-unchanged b", "destroy b"],
    ]);
  });

  it("begin with another contender in each run", () => {
    expect(told(["a", "b"], ["start"], 2)).toEqual(["start b", "start a"]);
    expect(told(["a", "b"], ["destroy"], 3)).toEqual(["up a", "destroy a", "up b", "destroy b"]);
  });

  it("make nothing for what needs no machine", () => {
    expect(told(["a"], ["preview", "start"], 1)).toEqual(["start a", "preview a"]);
  });
});

describe("results of the benchmark", () => {
  it("are medians of each figure", () => {
    expect(medians([row("program", 9), row("program", 1), row("program", 2)])).toMatchObject({ seconds: 2 });
    expect(medians([row("program", 1), row("program", 2)])).toMatchObject({ seconds: 1.5, peakMemory: 150 });
    expect(() => medians([])).toThrow("nothing was measured");
  });

  it("are a table with the ratio to each other contender", () => {
    expect(markdown([row("program", 3), row("bare-loop", 2)], []).split("\n")[2]).toBe(
      "| preview | 3 | 3.0 s, 1.5 s CPU, 300 MiB | 2.0 s, 1.0 s CPU, 200 MiB | 1.50 (1.50) |",
    );
    expect(markdown([{ ...row("program", 3), requests: 7 }], [])).toContain("300 MiB, 7 requests |");
    expect(markdown([{ ...row("program", 3), requests: 7, refused: 2 }], [])).toContain("7 requests, 2 refused |");
  });
});
