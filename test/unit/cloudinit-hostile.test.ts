import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderNode } from "../../cloudinit";
import { commandLine, commandWithFlags, renderEnvironment, renderUnit } from "../../cloudinit/units";
import type { NodeDescription } from "../../cloudinit/machine";
import { nodeDescription } from "../support/descriptions";
import { parseUserData, renderedUnits, splitCommand, unitDirectives } from "../support/user-data";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("a", '"', "'", "\\", "\n", "\r", "%", "$", "`", ";", "#", "{", "}", " ", "=", ":", "|", "&"),
  }),
  fc.constantFrom(
    "x\n[Service]\nExecStart=/bin/evil",
    '"\nEvil=yes',
    "$(reboot)",
    "`reboot`",
    "%n",
    "a: b",
    "\\",
    "\u2028",
  ),
);
const printable = hostile.filter((text) => !text.includes("\0"));
const oneLine = printable.filter((text) => !/[\n\r]/.test(text));

describe("systemd syntax", () => {
  it("carries any argument to the program unchanged", () => {
    fc.assert(
      fc.property(fc.array(printable), (args) => {
        const unit = renderUnit({ Service: { ExecStart: commandLine("/bin/true", ...args), Type: "exec" } });
        const directives = unitDirectives(unit, "Service");
        expect(directives.map(([name]) => name)).toEqual(["ExecStart", "Type"]);
        expect(splitCommand(directives[0]?.[1] ?? "")).toEqual(["/bin/true", ...args]);
      }),
    );
  });

  it("carries any flag value to the program unchanged, in sorted order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z-]*$/), printable), (flags) => {
        const unit = renderUnit({ Service: { ExecStart: commandWithFlags("/bin/true", flags) } });
        const expected = Object.keys(flags)
          .sort()
          .map((name) => `--${name}=${flags[name] ?? ""}`);
        expect(splitCommand(unitDirectives(unit, "Service")[0]?.[1] ?? "")).toEqual(["/bin/true", ...expected]);
      }),
    );
  });

  it.each(["a\nEvil=yes", "a\r", "a\\", "a\\\\\\", "\0"])(
    "refuses a directive that would not end with its line: %j",
    (value) => {
      expect(() => renderUnit({ Unit: { Description: value } })).toThrow("Unit.Description");
    },
  );
});

describe("environment files", () => {
  it("give a shell exactly the values written", { timeout: 60_000 }, () => {
    const values = fc
      .sample(oneLine, { numRuns: 300, seed: 7 })
      .filter((value) => Buffer.from(value).toString() === value);
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "environment-"));
    try {
      const file = path.join(directory, "file.env");
      const names = values.map((_, index) => `V${index}`);
      fs.writeFileSync(file, renderEnvironment(Object.fromEntries(values.map((value, index) => [`V${index}`, value]))));
      const print = names.map((name) => `printf '%s\\0' "$${name}"`).join("\n");
      const { stdout } = spawnSync("sh", ["-c", `. "$0"\n${print}`, file], { encoding: "utf8" });
      expect(stdout.split("\0").slice(0, -1)).toEqual(values);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it("refuse a value that would end its line", () => {
    expect(() => renderEnvironment({ NAME: "a\nPATH=/evil" })).toThrow("NAME");
  });
});

describe("a hostile description", () => {
  const [release] = nodeDescription.releases;
  if (!release) throw new Error("fixture without release");
  const places: Readonly<Record<string, (text: string) => Partial<NodeDescription>>> = {
    "cluster name": (text) => ({ clusterName: text }),
    "host name": (text) => ({ hostName: text }),
    address: (text) => ({ address: text }),
    "pod network": (text) => ({ podCidr: text }),
    "cluster domain": (text) => ({ clusterDomain: text }),
    "API address": (text) => ({ apiUrl: text }),
    "SSH key": (text) => ({ sshPublicKey: text }),
    "SSH key's comment": (text) => ({ sshPublicKey: `${nodeDescription.sshPublicKey} ${text}` }),
    "label key": (text) => ({ labels: { [text]: "x" } }),
    "label value": (text) => ({ labels: { x: text } }),
    taint: (text) => ({ taints: [{ key: text, value: text, effect: text }] }),
    "registry host": (text) => ({ registryMirrors: { [text]: ["http://mirror"] } }),
    mirror: (text) => ({ registryMirrors: { "docker.io": [`http://mirror/${text}`] } }),
    "pause image": (text) => ({ pauseImage: text }),
    "release address": (text) => ({
      releases: [{ ...release, url: `https://mirror/${text}` }, ...nodeDescription.releases.slice(1)],
    }),
    "release version": (text) => ({ releases: [{ ...release, version: text }, ...nodeDescription.releases.slice(1)] }),
    master: (text) => ({ masters: [{ hostName: text, address: text }] }),
  };
  const usual = [...renderedUnits(renderNode(nodeDescription))].map(([name, unit]) => [name, shape(unit)]);

  function shape(unit: string): readonly string[] {
    return ["Unit", "Service", "Install"].flatMap((section) =>
      unitDirectives(unit, section).map(([name]) => `${section}.${name}`),
    );
  }

  it.each(Object.entries(places))("in the %s is refused, or changes no unit's shape", (_, place) => {
    fc.assert(
      fc.property(hostile, (text) => {
        let rendered: string;
        try {
          rendered = renderNode({ ...nodeDescription, ...place(text) });
        } catch (error) {
          expect((error as Error).message).toContain("cannot be rendered");
          return;
        }
        expect([...renderedUnits(rendered)].map(([name, unit]) => [name, shape(unit)])).toEqual(usual);
        for (const written of parseUserData(rendered).files.keys()) expect(written).toMatch(/^\/[\w./@:+-]+$/);
      }),
    );
  });

  it("in keys and certificates stays in its own file", () => {
    fc.assert(
      fc.property(printable, (text) => {
        // The YAML library loses a text that is blanks alone, which no key is.
        fc.pre(text.trim() !== "");
        const kubeProxy = { certificate: text, privateKey: text };
        const { files } = parseUserData(renderNode({ ...nodeDescription, kubeProxy }));
        const expected = text.endsWith("\n") ? text : `${text}\n`;
        expect(files.get("/etc/kubernetes/pki/kube-proxy.key")).toEqual({
          content: expected,
          mode: "0600",
          owner: "root:root",
        });
        expect(files.size).toBe(parseUserData(renderNode(nodeDescription)).files.size);
      }),
      { numRuns: 30 },
    );
  });

  it("is reported with all that is wrong, and without keys", () => {
    const wrong = {
      ...nodeDescription,
      hostName: "a.b",
      podCidr: "172.17.0.0/33",
      labels: { "node-role.kubernetes.io/x": "" },
    };
    expect(() => renderNode(wrong)).toThrow(/"a\.b"[^]*172\.17\.0\.0\/33[^]*node-role\.kubernetes\.io\/x/);
    expect(() => renderNode(wrong)).not.toThrow(/key of/);
  });
});
