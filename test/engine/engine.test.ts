import { describe, expect, it } from "vitest";
import { checkConformance } from "../../lab/engine/conformance.ts";
import { ensureEngine } from "../../lab/engine/engine.ts";
import { goTest } from "../../lab/engine/build.ts";

describe("the lab's engine", () => {
  it("has plugins with the tokens and property names of the npm packages", async () => {
    const engine = await ensureEngine(console.log);
    expect(await checkConformance(engine)).toEqual([]);
  });

  it("has stand-ins that pass their own tests", async () => {
    await goTest(console.log);
  });
});
