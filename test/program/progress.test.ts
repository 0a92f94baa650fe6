import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabStack } from "../../lab/lib/stack.ts";
import {
  leftInProject,
  machinesOnly,
  previewChanges,
  refusal,
  startPretendedLab,
  type PretendedLab,
} from "./support.ts";

let lab: PretendedLab;
let stack: LabStack;
let before: Record<string, number>;

beforeAll(async () => {
  lab = await startPretendedLab("progress");
  before = await leftInProject(lab.cloud);
  stack = new LabStack("progress", lab.engine, lab.cloud);
});

afterAll(() => {
  stack.forget();
});

const configure = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
  await stack.configure({ ...(await machinesOnly(stack, lab.cloud)), ...changes });
};

/** What was told of a machine, in its order, without the seconds before each line. */
function told(text: string, hostName: string): readonly string[] {
  // The engine shows a line when it comes, and again at its end.
  const [first = ""] = text.split("Diagnostics:");
  return [...first.matchAll(new RegExp(`\\[\\d+ s\\] ${hostName}: (.*?)$`, "gm"))].map(([, line]) => line ?? "");
}

describe("the progress of an update on a real OpenStack", () => {
  it("tells of each machine when its port and its server are made, and keeps how long that took", async () => {
    await configure({ nodes: 1 });
    const text = await stack.run(["up", "--yes", "--skip-preview"]);
    for (const name of ["progress-master-0", "progress-default-0"]) {
      expect(told(text, name)).toEqual(["port made", "server made"]);
    }
    const { phases } = await stack.outputs<{ phases: Record<string, number> }>();
    expect(phases).toEqual({ machines: expect.any(Number) as number });
  });

  it("tells nothing of an update that changes nothing, and leaves the times as they were", async () => {
    const { phases } = await stack.outputs<{ phases: unknown }>();
    expect(await stack.run(["preview", "--expect-no-changes"])).not.toContain("phases");
    const text = await stack.run(["up", "--yes", "--skip-preview"]);
    expect(text).not.toMatch(/\[\d+ s\]/);
    expect((await stack.outputs<{ phases: unknown }>()).phases).toEqual(phases);
    expect(await previewChanges(stack)).toEqual([]);
  });

  it("ends an update that gives up with where each machine is, since when, how its console ends and what to do next", async () => {
    // Pretended machines have a console, and never an API.
    await configure({ nodes: 1, readinessTimeoutMinutes: 1 });
    const text = await refusal(stack, ["up", "--yes", "--skip-preview"]);
    expect(text).toContain("The cluster did not become ready within 1 minutes");
    expect(text).toMatch(/progress-master-0 \(master\): server made; SSH does not answer yet \(for \d+ s\)/);
    expect(text).toMatch(/its console ends:\s+FAKE CONSOLE OUTPUT\s+ANOTHER\s+LAST LINE/);
    expect(text).toContain("openstack console log show progress-master-0");
    expect(text).toContain("run `pulumi up` again");
    expect(text).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
    expect(text).not.toContain("\u001b[");
  });

  it("is over with the cluster", async () => {
    await configure({ nodes: 1 });
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(await leftInProject(lab.cloud)).toEqual(before);
  });
});
