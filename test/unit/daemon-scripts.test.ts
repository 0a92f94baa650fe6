import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { renderMaster } from "../../cloudinit";
import { withoutComments } from "../../cloudinit/files";
import { masterDescription } from "../support/descriptions";
import { MachineRoot } from "../support/machine-root";
import { etcdQuota } from "../support/scale-tables";
import { renderedUnits, unitDirectives } from "../support/user-data";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 * mebibyte;

let machine: MachineRoot;

beforeEach(() => {
  machine = new MachineRoot();
  machine.install(renderMaster(masterDescription));
  return () => {
    machine.remove();
  };
});

describe("etcd's quota", () => {
  /** What `stat` says of a file system of this size, and of etcd's database on it. */
  async function quota(fileSystem: number, database = 0): Promise<number> {
    const block = 4096;
    machine.write("var/lib/etcd/data/member/snap/db", "");
    const answers = `if [ "$1" = -f ]; then echo 1 ${Math.floor(fileSystem / block)} ${block}; else echo ${Math.floor(database)}; fi`;
    machine.program("bin/stat", answers);
    expect(await machine.run("etcd-quota.sh")).toEqual({ code: 0, output: "" });
    return Number(/^ETCD_QUOTA_BACKEND_BYTES=(\d+)\n$/.exec(machine.read("run/kovhernetes/etcd.env"))?.[1]);
  }

  // What ext4 leaves of a volume of 1 GiB, and so on.
  it.each([974e6, 2 * gibibyte, 9.7 * gibibyte, 15 * gibibyte, 100 * gibibyte])(
    "leaves room on %d bytes for etcd's log, a copy and a snapshot, and a fifth besides",
    async (fileSystem) => {
      const bytes = await quota(fileSystem);
      expect(bytes).toBeGreaterThanOrEqual(64 * mebibyte);
      expect(bytes).toBeLessThanOrEqual(4 * gibibyte);
      expect(Math.abs(bytes - etcdQuota(fileSystem))).toBeLessThan(4096);
      expect(3 * bytes + 448 * mebibyte).toBeLessThanOrEqual(0.8 * fileSystem);
    },
  );

  it("is what etcd had before where there is room for it", async () => {
    expect(await quota(20 * gibibyte)).toBe(4 * gibibyte);
  });

  it("never stops an etcd whose database is larger already", async () => {
    expect(await quota(9.7 * gibibyte, 3 * gibibyte)).toBe(3.75 * gibibyte);
    expect(await quota(9.7 * gibibyte, 3.9 * gibibyte)).toBe(4 * gibibyte);
  });

  it("is of a size that etcd can work with on a file system that is too small", async () => {
    expect(await quota(300 * mebibyte)).toBe(64 * mebibyte);
  });

  it("reaches etcd from the file that the script writes before it starts", () => {
    const service = unitDirectives(renderedUnits(renderMaster(masterDescription)).get("etcd.service") ?? "", "Service");
    expect(service).toContainEqual(["EnvironmentFile", "-/run/kovhernetes/etcd.env"]);
    expect(service).toContainEqual(["ExecStartPre", "/opt/kovhernetes/lib/etcd-quota.sh"]);
  });
});

describe("a daemon that ends", () => {
  /** What the console is told. @param jobs lines of `systemctl list-jobs` for the unit */
  async function told(environment: Readonly<Record<string, string>>, jobs = ""): Promise<string> {
    machine.program(
      "bin/systemctl",
      `[ "$*" = "list-jobs --no-legend kube-scheduler.service" ] && printf '%s' '${jobs}'`,
    );
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    machine.write("environment", variables.join(""));
    const { code } = await machine.run("report-failure.sh", {
      environmentFile: "environment",
      args: ["kube-scheduler"],
    });
    expect(code).toBe(0);
    return machine.console();
  }

  const orderly = { SERVICE_RESULT: "success", EXIT_CODE: "exited", EXIT_STATUS: "1" };
  const failed = { SERVICE_RESULT: "exit-code", EXIT_CODE: "exited", EXIT_STATUS: "2" };
  const words = (result: string): string => `kube-scheduler failed (${result}) and is tried again`;

  it.each([" 12 kube-scheduler.service stop running", "12 kube-scheduler.service restart running"])(
    "as it was told to is no failure, whatever its status (%s)",
    async (job) => {
      expect([await told(orderly, job), await told(failed, job)]).toEqual(["", ""]);
    },
  );

  it("by itself is one, also with a status that counts as success", async () => {
    expect(await told(orderly)).toContain(words("exit-code 1"));
    expect(await told(failed)).toContain(words("exit-code 2"));
  });

  it("while it starts is one", async () => {
    expect(await told(failed, " 9 kube-scheduler.service start running")).toContain(words("exit-code 2"));
  });

  it("by a signal that counts as success is none", async () => {
    expect(await told({ SERVICE_RESULT: "success", EXIT_CODE: "killed", EXIT_STATUS: "TERM" })).toBe("");
  });

  it("may do so with status 1 where it is a scheduler without leader election", () => {
    const statuses = (masters: typeof masterDescription.masters) =>
      unitDirectives(
        renderedUnits(renderMaster({ ...masterDescription, masters })).get("kube-scheduler.service") ?? "",
        "Service",
      ).filter(([name]) => name === "SuccessExitStatus");
    const [one] = masterDescription.masters;
    if (one === undefined) throw new Error("no master");
    expect(statuses([one])).toEqual([["SuccessExitStatus", "1"]]);
    expect(statuses([one, { ...one, hostName: "other" }, { ...one, hostName: "third" }])).toEqual([]);
  });
});

describe("scripts on their way to a machine", () => {
  const directory = path.join(__dirname, "../../cloudinit/files");
  const names = fs.readdirSync(directory);

  it.each(names)("lose comments alone: %s", (name) => {
    const text = fs.readFileSync(path.join(directory, name), "utf8");
    const sent = withoutComments(text);
    // Nothing that a script writes elsewhere begins with "#".
    for (const [document = ""] of text.matchAll(/<<'?END'?\n[^]*?\nEND\n/g)) expect(document).not.toMatch(/^\s*#/m);
    const code = (lines: string): string[] => lines.split("\n").filter((line) => !/^\s*#/.test(line));
    expect(code(sent)).toEqual(code(text));
    expect(sent.split("\n")[0]).toBe(text.split("\n")[0]);
    if (name.endsWith(".sh")) execFileSync("sh", ["-n"], { input: sent });
  });
});
