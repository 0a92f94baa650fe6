import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Progress } from "../../components/readiness/progress";
import { phasesInState } from "../../components/recorded/cluster";

/** A progress whose clock stands at as many seconds after its beginning as it is told. */
function clocked() {
  let seconds = 100;
  const progress = new Progress(() => seconds * 1000);
  return { progress, at: (later: number) => void (seconds = 100 + later) };
}

describe("the progress of an update", () => {
  it("is one line for each stage of a subject, with the time since the beginning", () => {
    const { progress, at } = clocked();
    expect(progress.news("a-0", "a-0: port made")).toBe("[0 s] a-0: port made");
    at(4.6);
    expect(progress.news("a-0", "a-0: port made")).toBeUndefined();
    expect(progress.news("a-0", "a-0: server made")).toBe("[5 s] a-0: server made");
    expect(progress.news("a-1", "a-1: server made")).toBe("[5 s] a-1: server made");
  });

  it("knows of whom something was told, and for how long a subject has been where it is", () => {
    const { progress, at } = clocked();
    at(10);
    progress.news("a-0", "server made");
    at(70);
    expect([progress.isTold("a-0"), progress.isTold("a-1")]).toEqual([true, false]);
    expect(progress.duration("a-0")).toBe("60 s");
    expect(progress.duration("a-1")).toBe("70 s");
    at(10 + 185);
    expect(progress.duration("a-0")).toBe("3 min");
  });

  it("says nothing twice in a row, whatever it is told", () => {
    const told = fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("x", "y", "z")));
    fc.assert(
      fc.property(told, (texts) => {
        const { progress } = clocked();
        for (const subject of ["a", "b"]) {
          const lines = texts
            .filter(([one]) => one === subject)
            .map(([, text]) => progress.news(subject, text))
            .filter((line) => line !== undefined);
          expect(lines.every((line, index) => line !== lines[index - 1])).toBe(true);
        }
      }),
    );
  });
});

describe("the times of phases", () => {
  it("are those of an update that waited, each counted the first time that it ended", () => {
    const { progress, at } = clocked();
    progress.wait();
    at(31);
    progress.end("machines");
    at(64);
    progress.end("api");
    at(90);
    progress.end("api");
    progress.end("cluster");
    expect(progress.times()).toEqual({ machines: 31, api: 64, cluster: 90 });
  });

  it("are none of an update that found all as it should be, so that the output stays as it was", () => {
    const { progress } = clocked();
    progress.end("api");
    progress.end("cluster");
    expect(progress.times()).toBeUndefined();
  });

  it("are read back from the cluster's component, by the cluster's name", () => {
    const cluster = (name: string, phases: unknown) => ({
      [`urn:pulumi:s::p::kovhernetes:index:Cluster::${name}`]: {
        type: "kovhernetes:index:Cluster",
        outputs: { phases },
      },
    });
    const port = (name: string, clusterName: string) => ({
      [`urn:pulumi:s::p::openstack:networking/port:Port::${name}-web-0-port`]: {
        type: "openstack:networking/port:Port",
        outputs: { name: `${clusterName}-web-0`, tags: ["somebody's", `kovhernetes:cluster=${clusterName}`] },
      },
    });
    expect(phasesInState({ outputs: cluster("dev", { machines: 31, cluster: 90 }) }, "dev")).toEqual({
      machines: 31,
      cluster: 90,
    });
    expect(phasesInState({ outputs: cluster("dev", { machines: "soon" }) }, "dev")).toBeUndefined();
    expect(phasesInState({ outputs: cluster("dev", undefined) }, "dev")).toBeUndefined();
    expect(phasesInState(undefined, "dev")).toBeUndefined();
    const two = {
      ...cluster("a", { api: 1 }),
      ...cluster("a-b", { api: 2 }),
      ...port("a", "first"),
      ...port("a-b", "second"),
    };
    expect(phasesInState({ outputs: two }, "first")).toEqual({ api: 1 });
    expect(phasesInState({ outputs: two }, "second")).toEqual({ api: 2 });
    expect(phasesInState({ outputs: two }, "third")).toBeUndefined();
  });
});
