import * as path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../lab/lib/paths.ts";
import { LabStack } from "../../lab/lib/stack.ts";
import type { DriftRow } from "../../commands/status/drift.ts";
import type { Section, SectionState } from "../../commands/status/section.ts";
import { elementsOf, overlaps } from "../support/picture.ts";
import { machinesOnly, startPretendedLab, type PretendedLab } from "./support.ts";

interface StatusReport {
  readonly state: string;
  readonly nodes: Section<unknown> & { readonly state: SectionState };
  readonly drift: Section<DriftRow> & { readonly state: SectionState };
}

let lab: PretendedLab;
let stack: LabStack;
let remove: () => Promise<unknown> = () => Promise.resolve();

function administer(command: "status" | "diagram", options: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const args = [
    path.join(repositoryRoot, "commands", command, "main.ts"),
    "--stack",
    stack.name,
    "--config-file",
    stack.configFile,
  ];
  const all = { ...stack.environment, ...env };
  return execa(process.execPath, [...args, ...options], { cwd: repositoryRoot, env: all, reject: false });
}

/** Pretended machines answer to nobody. */
async function status(env: NodeJS.ProcessEnv = {}) {
  const { exitCode, stdout } = await administer("status", ["--json", "--ssh-option=-oConnectTimeout=3"], env);
  return { exitCode, report: JSON.parse(stdout) as StatusReport };
}

const openstack = (...args: readonly string[]): Promise<string> =>
  lab.cloud.exec(["openstack", ...args], { environment: lab.cloud.environment });

beforeAll(async () => {
  lab = await startPretendedLab("status");
  stack = new LabStack("watched", lab.engine, lab.cloud);
  remove = async () => {
    await stack.run(["destroy", "--yes", "--skip-preview"]);
    stack.forget();
  };
  await stack.configure(await machinesOnly(stack, lab.cloud));
  await stack.run(["up", "--yes", "--skip-preview"]);
});

afterAll(() => remove());

describe("`npm run status`, of a cluster that cannot be reached", () => {
  it("finds no drift in what was just made, and says what it could not ask", async () => {
    const { exitCode, report } = await status();
    expect([exitCode, report.state, report.nodes.state, report.drift.state]).toEqual([2, "unknown", "unknown", "ok"]);
  });

  it("finds what was changed in the cloud by hand, and what was removed", async () => {
    const { machines } = await stack.outputs<{ machines: { name: string; publicAddress: string }[] }>();
    const [, node] = machines;
    await openstack("floating", "ip", "set", "--description", "changed by hand", node?.publicAddress ?? "");
    const rules = JSON.parse(
      await openstack(
        "security",
        "group",
        "rule",
        "list",
        "--protocol",
        "icmp",
        "--ingress",
        "-f",
        "json",
        "watched-security-machines",
      ),
    ) as { ID: string }[];
    await openstack("security", "group", "rule", "delete", rules[0]?.ID ?? "");
    const { exitCode, report } = await status();
    expect([exitCode, report.state, report.drift.state]).toEqual([1, "wrong", "wrong"]);
    const rows = [...report.drift.rows].sort((one, other) => one.change.localeCompare(other.change));
    expect(rows).toEqual([
      {
        change: "create",
        type: "openstack:networking/secGroupRule:SecGroupRule",
        name: "watched-security-machines-ping",
        properties: [],
      },
      {
        change: "update",
        type: "openstack:networking/floatingIp:FloatingIp",
        name: expect.stringContaining("default-0") as string,
        properties: ["description"],
      },
    ]);
  });

  it("says in few words that the cloud refuses", async () => {
    const { exitCode, report } = await status({ OS_PASSWORD: "wrong" });
    expect([exitCode, report.drift.state]).toEqual([2, "unknown"]);
    expect(report.drift.unknown.join()).toMatch(/^pulumi preview --refresh failed: .*Authentication failed/);
    expect(report.drift.unknown.join().length).toBeLessThan(1000);
  });
});

describe("`npm run diagram`", () => {
  it("draws what is in the state", async () => {
    const { exitCode, stdout } = await administer("diagram");
    expect(exitCode).toBe(0);
    expect(overlaps(stdout)).toEqual([]);
    const texts = elementsOf(stdout).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining(["watched-master-0", "192.168.0.10", "watched-default-0", "192.168.0.15"]),
    );
  });
});
