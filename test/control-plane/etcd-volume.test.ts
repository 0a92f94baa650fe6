import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";
import { runWithAllRights } from "../support/own-linux.ts";

/** The scripts of etcd's volume on a real ext4, on a disk that grows below it as one of Cinder's does. */
describe("etcd's volume", () => {
  let machine: MachineRoot;
  const parts = new Map<string, readonly string[]>();
  const part = (title: string): readonly string[] => parts.get(title) ?? [];
  const grown = (mebibytes: number): string =>
    `kovhernetes: test-master-0: etcd volume has grown: its disk has ${mebibytes} MiB; etcd's quota follows when etcd starts again`;
  const room = (line: string | undefined): number => Number(/^room (\d+)$/.exec(line ?? "")?.[1]);

  beforeAll(async () => {
    machine = new MachineRoot();
    machine.install(renderMaster(masterDescription));
    const script = path.resolve("test/control-plane/grow-volume.sh");
    const output = await runWithAllRights(machine.directory, script, machine.directory);
    for (const text of output.split(/^== /m).slice(1)) {
      const [title = "", ...lines] = text.trimEnd().split("\n");
      parts.set(title, lines);
    }
  });

  afterAll(() => {
    machine.remove();
  });

  it("is left alone where its file system fills it", () => {
    expect(part("fills its disk")).toEqual([expect.stringMatching(/^room 9\d\d$/)]);
  });

  it("grows with its disk while it is written to, each time, and says so once", () => {
    const [first, large, second, larger, ...rest] = part("grows while it is written to");
    expect([first, second, rest]).toEqual([grown(2048), grown(3072), []]);
    expect(room(large)).toBeGreaterThan(1900);
    expect(room(larger)).toBeGreaterThan(2900);
    expect(machine.console()).toContain(grown(3072));
  });

  it("grows after a start of the machine, when its disk grew before", () => {
    const [first, size, ...rest] = part("restarted, and grown while it was off");
    expect([first, rest]).toEqual([grown(4096), []]);
    expect(room(size)).toBeGreaterThan(3900);
  });

  it("says so where the file system does not grow, and is tried again", () => {
    const [refusal, ending, first, size, ...rest] = part("refused, and tried again");
    expect(refusal).toContain(
      "problem: the etcd volume's file system does not grow with its disk: resize2fs: Permission",
    );
    expect([ending, first, rest]).toEqual(["failed with 1", grown(5120), []]);
    expect(room(size)).toBeGreaterThan(4900);
  });

  it("loses nothing", () => {
    expect(part("whole")).toEqual(["20000", "line 20000", "clean"]);
  });
});
