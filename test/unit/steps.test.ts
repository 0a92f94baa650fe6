import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSteps, type Step } from "../../components/plan/steps";
import { plannedMachine, recordedMachine } from "../support/replaced-machine";

interface Update {
  readonly replaced?: readonly string[];
  readonly kept?: readonly string[];
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  readonly maxUnavailable?: number;
  readonly timeoutMinutes?: number;
}

function stepsOf(update: Update): readonly Step[] {
  const { replaced = [], kept = [], added = [], removed = [], maxUnavailable = 1, timeoutMinutes = 20 } = update;
  const wanted = [...replaced, ...kept, ...added].sort(
    (one, other) => Number(other.includes("master")) - Number(one.includes("master")),
  );
  const recorded = [
    ...replaced.map((name) => recordedMachine(name, 1)),
    ...[...kept, ...removed].map((name) => recordedMachine(name, 2)),
  ];
  return planSteps(wanted.map(plannedMachine), recorded, { maxUnavailable, drainMinutes: 10, timeoutMinutes });
}

/** Every step that is done before another begins. */
function before(steps: readonly Step[], id: string): ReadonlySet<string> {
  const step = steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return new Set(step.after.flatMap((earlier) => [earlier, ...before(steps, earlier)]));
}

const ids = (steps: readonly Step[]): string[] => steps.map(({ id }) => id);

describe("the steps of an update", () => {
  it("begin with the master, and touch no node before it is a Ready node again", () => {
    const steps = stepsOf({ replaced: ["master-0", "web-0"] });
    expect(ids(steps)).toEqual([
      ...["examine master-0", "retire master-0", "shutDown master-0", "make master-0", "join master-0"],
      ...["retire web-0", "make web-0", "join web-0"],
    ]);
    for (const [index, step] of steps.entries())
      expect(step.after).toEqual(ids(steps).slice(Math.max(index - 1, 0), index));
  });

  it("make new nodes once the master is upgraded and Ready, also where an update before was cut off", () => {
    expect(before(stepsOf({ replaced: ["master-0"], added: ["web-1"] }), "make web-1")).toContain("join master-0");
    // The master's server was gone already.
    expect(before(stepsOf({ added: ["master-0", "web-1"], kept: ["web-0"] }), "make web-1")).toContain("join master-0");
    // The master was made, and perhaps not seen Ready; nodes of the earlier release are left.
    const continued = stepsOf({ kept: ["master-0"], replaced: ["web-0"], added: ["web-1"] });
    expect(before(continued, "make web-1")).toEqual(new Set(["check master-0"]));
    expect(before(continued, "retire web-0")).toContain("check master-0");
  });

  it("make masters that are new or lost at once, and replace the others one at a time once those are there", () => {
    const steps = stepsOf({ replaced: ["master-0", "master-1"], added: ["master-2", "master-3"], kept: ["master-4"] });
    expect(before(steps, "make master-2")).toEqual(new Set());
    expect(before(steps, "make master-3")).toEqual(new Set());
    expect(before(steps, "examine master-0")).toEqual(
      new Set(["make master-2", "join master-2", "make master-3", "join master-3"]),
    );
    expect(before(steps, "examine master-1")).toContain("join master-0");
    expect(steps.find(({ id }) => id === "spare master-1")?.hostNames).toEqual([
      ...["master-1", "master-0", "master-4", "master-2", "master-3"],
    ]);
  });

  it("replace nodes once those are there that are new, or were lost when an update was cut off", () => {
    const steps = stepsOf({ kept: ["master-0"], replaced: ["web-1"], added: ["web-0"] });
    expect(before(steps, "retire web-1")).toContain("join web-0");
  });

  it("add a node to a cluster without waiting for anything", () => {
    const steps = stepsOf({ kept: ["master-0", "web-0"], added: ["web-1"] });
    expect(steps.filter(({ deed }) => deed !== "release")).toEqual([
      { id: "make web-1", deed: "make", hostNames: ["web-1"], after: [] },
    ]);
  });

  it("are none of a new cluster but its machines, all at once", () => {
    const steps = stepsOf({ added: ["master-0", "web-0", "web-1"] });
    expect(steps.map(({ id, after }) => [id, after])).toEqual([
      ["make master-0", []],
      ["make web-0", []],
      ["make web-1", []],
    ]);
  });

  it("drain what goes for good last, and once all that stay are Ready, also those that an earlier update made for it", () => {
    const steps = stepsOf({ kept: ["master-0", "new-0"], replaced: ["web-0"], removed: ["old-0", "old-1"] });
    expect(before(steps, "retire old-0")).toEqual(
      new Set(["check master-0", "retire web-0", "make web-0", "join web-0", "check new-0"]),
    );
    expect(before(steps, "retire old-1")).toContain("retire old-0");
  });

  it("have masters made before nodes where the API cannot be reached, too", () => {
    const steps = stepsOf({ replaced: ["master-0", "web-0"], added: ["web-1"], removed: ["web-2"], timeoutMinutes: 0 });
    expect(ids(steps)).toEqual([
      ...["examine master-0", "shutDown master-0", "make master-0", "make web-1", "make web-0"],
    ]);
    expect(before(steps, "make web-0")).toContain("make master-0");
    expect(before(steps, "make web-1")).toContain("make master-0");
  });

  it("never have two of several masters away, nor a node touched before all masters are there", () => {
    const masterFate = fc.constantFrom("replaced", "kept", "added");
    fc.assert(
      fc.property(fc.array(masterFate, { minLength: 3, maxLength: 5 }), (fates) => {
        const names = (which: string) => fates.flatMap((one, index) => (one === which ? [`master-${index}`] : []));
        const [replaced, added] = [names("replaced"), names("added")];
        const steps = stepsOf({ replaced: [...replaced, "web-0"], kept: names("kept"), added });
        for (const name of replaced) {
          const others = fates.flatMap((_, index) => (`master-${index}` === name ? [] : [`master-${index}`]));
          expect(
            steps
              .find(({ id }) => id === `spare ${name}`)
              ?.hostNames.slice(1)
              .sort(),
          ).toEqual(others);
          for (const doing of ["retire", "shutDown"]) {
            const done = before(steps, `${doing} ${name}`);
            expect(done).toContain(`spare ${name}`);
            for (const other of replaced.filter((one) => one !== name)) {
              // Of two that are replaced, one is there again before the other is touched.
              const isEarlier = done.has(`retire ${other}`);
              const pair = isEarlier ? done.has(`join ${other}`) : before(steps, `retire ${other}`).has(`join ${name}`);
              expect(pair).toBe(true);
            }
            for (const other of added) expect(done).toContain(`join ${other}`);
          }
        }
        for (const name of [...replaced, ...added]) expect(before(steps, "retire web-0")).toContain(`join ${name}`);
      }),
    );
  });

  const fate = fc.constantFrom("replaced", "kept", "added", "removed");
  it("end, and never have more than maxUnavailable nodes away that are replaced", () => {
    fc.assert(
      fc.property(
        fc.array(fate, { maxLength: 7 }),
        fc.constantFrom("replaced", "kept", "added"),
        fc.integer({ min: 1, max: 4 }),
        (fates, masterFate, maxUnavailable) => {
          const names = (which: string) => [
            ...(masterFate === which ? ["master-0"] : []),
            ...fates.flatMap((one, index) => (one === which ? [`web-${index}`] : [])),
          ];
          const steps = stepsOf({
            ...{ replaced: names("replaced"), kept: names("kept"), added: names("added"), removed: names("removed") },
            maxUnavailable,
          });
          expect(new Set(ids(steps)).size).toBe(steps.length);
          // Each step comes after those that it waits for, so that every one has its turn.
          for (const [index, step] of steps.entries()) {
            for (const earlier of step.after) expect(ids(steps).slice(0, index)).toContain(earlier);
          }
          // Two retirements may be under way together unless one is before the other's end.
          const nodes = names("replaced").filter((name) => name !== "master-0");
          nodes.slice(maxUnavailable).forEach((name, index) => {
            expect(before(steps, `retire ${name}`)).toContain(`join ${nodes[index] ?? ""}`);
          });
          const isMasterMade = masterFate !== "kept" && fates.some((one) => one !== "added");
          const touched = steps.filter(
            ({ deed, hostNames }) => (deed === "retire" || deed === "make") && hostNames[0] !== "master-0",
          );
          if (isMasterMade && fates.some((one) => one === "kept" || one === "replaced" || one === "removed")) {
            for (const { id } of touched) expect(before(steps, id)).toContain("join master-0");
          }
        },
      ),
    );
  });
});
