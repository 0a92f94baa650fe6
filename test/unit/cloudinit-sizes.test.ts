import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const script = path.join(__dirname, "../../cloudinit/files/reserve.sh");

interface Reserved {
  readonly kubeReserved: Readonly<Record<string, string>>;
  readonly systemReserved: Readonly<Record<string, string>>;
}

function reserved(kind: "master" | "node", mebibytes: number): Reserved {
  const input = `MemTotal:       ${mebibytes * 1024} kB\nMemFree:          100 kB\n`;
  return parse(execFileSync("sh", [script, kind], { input, encoding: "utf8" })) as Reserved;
}

const memory = (kind: "master" | "node", mebibytes: number): readonly string[] => {
  const { kubeReserved, systemReserved } = reserved(kind, mebibytes);
  return [kubeReserved["memory"] ?? "", systemReserved["memory"] ?? ""];
};

describe("what is kept from pods", () => {
  it.each([
    // The sums of the ranges, by hand.
    [1024, "256Mi"],
    [4096, "1024Mi"],
    [8192, "1843Mi"],
    [16384, "2662Mi"],
    [131072, "9543Mi"],
  ])("on a node of %d MiB is %s", (mebibytes, expected) => {
    expect(memory("node", mebibytes)).toEqual([expected, "0Mi"]);
  });

  it.each([
    [2048, ["512Mi", "768Mi"]],
    [8192, ["1843Mi", "2048Mi"]],
    [65536, ["5611Mi", "16384Mi"]],
  ])("on a master of %d MiB is room for etcd and the API besides", (mebibytes, expected) => {
    expect(memory("master", mebibytes)).toEqual(expected);
  });

  it("leaves pods three tenths of a machine that is too small for it", () => {
    const [node = "", control = ""] = memory("master", 1000);
    expect(parseInt(node) + parseInt(control)).toBeLessThanOrEqual(700);
    expect(parseInt(node) + parseInt(control)).toBeGreaterThanOrEqual(698);
  });

  it("are quantities that Kubernetes reads, of processes too", () => {
    for (const kind of ["node", "master"] as const) {
      for (const list of Object.values(reserved(kind, 4000)).slice(-2)) {
        const quantities = Object.values(list as Record<string, unknown>);
        // The kubelet refuses its whole configuration for a number in the place of a text, and does not start.
        expect(quantities.map((quantity) => typeof quantity)).toEqual(["string", "string", "string"]);
        expect(quantities.join()).toMatch(/^\d+m,\d+Mi,1000$/);
      }
    }
  });

  it("is refused without a figure", () => {
    expect(() => execFileSync("sh", [script, "node"], { input: "", stdio: "pipe" })).toThrow();
  });
});
