import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";
import { runUntilPowerLoss } from "../support/own-linux.ts";

const mebibyte = 1024 ** 2;

/**
 * Fractions of the time in which the power goes. One, or as many as are asked for, each on a blank volume first:
 * `ROUNDS=40 npx vitest run --project control-plane cut-volume`.
 */
const isLong = process.env["ROUNDS"] !== undefined;
const rounds = Number(process.env["ROUNDS"] ?? 1);
const swept = Array.from({ length: rounds }, (_, round) => (round + 0.5) / rounds);

/** When the power goes, boot after boot: in the format of a blank volume, in its mount and growth, and while it is written to. */
const losses = (fraction: number) => [
  { line: /^begin$/, milliseconds: 400 * fraction },
  ...(isLong ? [{ line: /etcd volume (formatted|found)/, milliseconds: 100 * fraction }] : []),
  { line: /^stored/, milliseconds: 200 * fraction },
  ...(isLong ? [{ line: /etcd volume found/, milliseconds: 100 * fraction }] : []),
  undefined,
];

/** The scripts of etcd's volume on a kernel of its own, whose power goes: format, mount, growth and the key of the Secrets. */
describe("etcd's volume, when the power goes", () => {
  let machine: MachineRoot;
  const script = path.resolve("test/control-plane/cut-volume.sh");
  const image = (): string => machine.at("disk.image");

  beforeEach(() => {
    machine = new MachineRoot();
    machine.install(renderMaster(masterDescription));
    fs.writeFileSync(image(), "");
    fs.truncateSync(image(), 64 * mebibyte);
  });

  afterEach(() => {
    machine.remove();
  });

  it.each(swept)("in boot after boot, %f of the way, holds what was stored, and its key", async (fraction) => {
    let stored: Stored | undefined;
    for (const loss of losses(fraction)) {
      const ending = loss === undefined ? ["end"] : [];
      const lines = await runUntilPowerLoss(machine.directory, loss, script, machine.directory, ...ending);
      const text = lines.join("\n");
      expect(lines, text).toContain("begin");
      expect(text).not.toMatch(/refused|not mounted|does not grow|no key|left alone/);
      const found = last(lines, "found");
      if (stored !== undefined && found !== undefined) {
        expect(found.number, text).toBeGreaterThanOrEqual(stored.number);
        expect(found.key, text).toBe(stored.key);
      }
      if (loss === undefined) expect(lines, text).toEqual(expect.arrayContaining(["whole"]));
      stored = last(lines, "stored") ?? stored;
      if (isLong)
        console.log(
          `${String(loss?.line)} ${String(loss?.milliseconds)} ms: ${lines.findLast((line) => line !== "") ?? ""}`,
        );
      // As Cinder would at any time from then on.
      if (stored !== undefined) fs.truncateSync(image(), fs.statSync(image()).size + 64 * mebibyte);
    }
    expect(stored?.number).toBeGreaterThan(0);
  });
});

interface Stored {
  readonly number: number;
  /** SHA-256 of the file that holds the key. */
  readonly key: string;
}

/** What a boot said last that it had found or stored. */
function last(lines: readonly string[], word: "found" | "stored"): Stored | undefined {
  const line = lines.findLast((one) => one.startsWith(`${word} `));
  const [, number, key = ""] = /^\w+ (\d+) ([0-9a-f]{64})$/.exec(line ?? "") ?? [];
  return number === undefined ? undefined : { number: Number(number), key };
}
