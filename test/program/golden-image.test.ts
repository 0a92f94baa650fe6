import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureEngine } from "../../lab/engine/engine.ts";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import { refusal } from "./support.ts";

const project = path.join(repositoryRoot, "golden-image");

describe("the settings of a golden image, put to the real engine", () => {
  it("are answered with every mistake at once and no stack trace, and nothing is asked of a cloud", async () => {
    const environment = { OS_AUTH_URL: "http://127.0.0.1:9/v3", OS_REGION_NAME: "RegionOne" };
    const cloud = { environment, incarnation: "none" };
    const stack = new LabStack("golden-mistakes", await ensureEngine(console.log), cloud, project);
    try {
      await stack.configure({ flavour: "b3-8", kubernetesVersion: "1.12.0" });
      const text = await refusal(stack, ["preview"]);
      for (const part of ["kovhernetes-golden-image:flavour", ":image", "externalNetwork", "1.12.0"]) {
        expect(text).toContain(part);
      }
      expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
      expect(text).not.toContain("127.0.0.1:9");
    } finally {
      stack.forget();
    }
  });
});
