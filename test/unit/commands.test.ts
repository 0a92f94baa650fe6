import * as fs from "node:fs";
import * as path from "node:path";
import * as openstack from "@pulumi/openstack";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { stackSchema } from "../../components/config/schema";
import { validateConfig } from "../../components/checks/validate";
import {
  cloudMark,
  commandsIn,
  configPath,
  documents,
  fencesOf,
  setAtPath,
  type Fence,
} from "../support/documented-commands";
import { repository } from "../support/markdown";
import { scripts, unknownOptions } from "../support/npm-scripts";
import { companions, settingExamples } from "../support/setting-examples";
import { publicKey, smallest } from "./config-values";

const exists = (file: string): boolean => fs.existsSync(path.join(repository, file));
const providerKeys = Object.keys(openstack.config);
const vitestSuites = fs.readdirSync(path.join(repository, "test"));
const program = fs.readFileSync(path.join(repository, "index.ts"), "utf8");
const stackOutputs = [...program.matchAll(/^ {4}(\w+): cluster\.\1,$/gm)].map(([, name]) => name);

/** What a command needs, or what is wrong with it. */
type Verdict = "here" | "cloud" | { readonly wrong: string };

const wrongUnless = (right: boolean, wrong: string, verdict: Verdict): Verdict => (right ? verdict : { wrong });

function npmVerdict([command = "", ...rest]: readonly string[]): Verdict {
  if (["ci", "install", "pack", "outdated", "audit", "start", "stop", "test"].includes(command)) return "here";
  const [script = "", ...options] = rest.filter((word) => word !== "--" && word !== "--silent");
  if (command !== "run" || scripts[script] === undefined) return { wrong: `no npm script ${script || command}` };
  if (!options.includes("--stack")) return "here";
  const unknown = unknownOptions(script, options);
  return wrongUnless(unknown.length === 0, `${script} has no ${unknown.join(", ")}`, "cloud");
}

function pulumiVerdict([command = "", ...rest]: readonly string[]): Verdict {
  const both = `${command} ${rest[0] ?? ""}`;
  if (["preview", "up", "destroy", "refresh", "cancel"].includes(command)) return "cloud";
  if (both === "stack output") {
    const [name] = rest.slice(1).filter((word) => !word.startsWith("--"));
    return wrongUnless(name === undefined || stackOutputs.includes(name), `no output ${String(name)}`, "cloud");
  }
  if (["stack export", "stack rm", "stack change-secrets-provider"].includes(both)) return "cloud";
  if (["login", "new"].includes(command) || ["stack init", "stack select", "plugin install"].includes(both))
    return "here";
  if (["config set", "config rm", "config get"].includes(both)) {
    const [key = ""] = rest.slice(1).filter((word) => !word.startsWith("--"));
    const [first = "", second] = key.split(":");
    const isKnown = second === undefined ? (configPath(first)[0] ?? "") in stackSchema : providerKeys.includes(second);
    return wrongUnless(isKnown, `no key ${key}`, "here");
  }
  return { wrong: `pulumi ${command} is not known here` };
}

/** Other programs by name. A command that is on no list fails the test: what nobody has looked at is in no document. */
const others: Readonly<Record<string, (words: readonly string[]) => Verdict>> = {
  npm: npmVerdict,
  pulumi: pulumiVerdict,
  openstack: () => "cloud",
  kubectl: () => "cloud",
  ssh: () => "cloud",
  source: ([file]) => wrongUnless(file === "openrc.sh", "only the cloud's file is sourced", "cloud"),
  git: ([command = ""]) =>
    wrongUnless(["pull", "tag"].includes(command), `git ${command}`, command === "pull" ? "cloud" : "here"),
  npx: (words) => {
    if (words[0] === "node") return wrongUnless(exists(words[1] ?? ""), `no file ${words[1] ?? ""}`, "here");
    const suites = words.flatMap((word, index) => (word === "--project" ? [words[index + 1] ?? ""] : []));
    const unknown = suites.filter((suite) => !vitestSuites.includes(suite));
    return wrongUnless(words[0] === "vitest" && unknown.length === 0, `no suite ${unknown.join(", ")}`, "here");
  },
  node: ([file = ""]) => wrongUnless(exists(file), `no file ${file}`, "here"),
  cd: ([folder = ""]) => wrongUnless(exists(folder), `no folder ${folder}`, "here"),
  cp: ([from = ""]) => wrongUnless(exists(from) || /^Pulumi\.\w+\.yaml$/.test(from), `no file ${from}`, "here"),
  export: (words) =>
    wrongUnless(
      words.every((word) => /^(AWS|OS|PULUMI|NODE|KOVHERNETES)_\w+=|^KUBECONFIG=/.test(word)),
      words.join(" "),
      "here",
    ),
  // Of what is on every machine; docs/operations.md opens a snapshot with them.
  grep: () => "here",
  head: () => "here",
  openssl: () => "here",
  tar: () => "here",
};

function verdictOn(words: readonly string[]): Verdict {
  const [program = "", ...rest] = words.filter((word) => !/^[A-Z_]+=/.test(word));
  return others[program]?.(rest) ?? { wrong: `${program} is on no list of test/unit/commands.test.ts` };
}

/** Values that a block sets, as the program gets them. */
function valuesSetIn(fence: Fence): { readonly values: Record<string, unknown>; readonly secretKeys: Set<string> } {
  const values: Record<string, unknown> = {};
  const secretKeys = new Set<string>();
  for (const [program, first, second, ...rest] of commandsIn(fence.text)) {
    if (program !== "pulumi" || first !== "config" || second !== "set") continue;
    const [key = "", given] = rest.filter((word) => !word.startsWith("--"));
    if (key.includes(":")) continue;
    const value = (given ?? "asked-for")
      .replace(/^\$\(cat .*\.pub\)$/, publicKey)
      .replace(/^\$\(openssl rand .*\)$/, "q83vEjRWeJq83vEjRWeJq83vEjRWeA==");
    if (rest.includes("--secret")) secretKeys.add(configPath(key)[0] ?? "");
    if (rest.includes("--path")) setAtPath(values, configPath(key), value);
    else values[key] = value;
  }
  return { values, secretKeys };
}

const storage = {
  endpoint: "https://s3.example.org",
  region: "gra",
  bucket: "my-backups",
  accessKey: "8f3c",
  secretKey: "not-shown",
  passphrase: "a passphrase of some length",
};

/** Pools of a cluster that exists have their places. */
function placed(pools: unknown): Record<string, unknown> {
  const names = Object.keys(pools ?? {}).filter((name) => name !== "default");
  return Object.fromEntries(names.map((name, index) => [name, { count: 1, addressOffset: 40 + 20 * index }]));
}

/** What a reader has set already where a block goes on from there. @param exists whether the cluster is there */
function setBefore(values: Readonly<Record<string, unknown>>, exists: boolean): Record<string, unknown> {
  const text = JSON.stringify(values);
  const isStored = text.includes("s3://") || text.includes('"s3"');
  return {
    ...smallest,
    ...Object.assign({}, ...Object.keys(values).map((key) => companions[key as keyof typeof companions] ?? {})),
    ...(isStored ? { etcdSnapshots: { s3: storage } } : {}),
    ...(exists ? { nodePools: placed(values["nodePools"]) } : {}),
  } as Record<string, unknown>;
}

/** Objects joined part by part, the second winning. */
function merged(one: unknown, other: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(one) || !isObject(other)) return other;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, key in other ? merged(one[key], other[key]) : one[key]]));
}

function problemsWith(
  values: Record<string, unknown>,
  secretKeys: ReadonlySet<string> = new Set(),
  exists = false,
): readonly unknown[] {
  const raw = merged(setBefore(values, exists), values) as Record<string, unknown>;
  const hasStorage = JSON.stringify(raw["etcdSnapshots"] ?? "").includes("passphrase");
  const secrets = new Set([...secretKeys, ...(hasStorage ? ["etcdSnapshots"] : [])]);
  const result = validateConfig(raw, { stackName: "prod", secretKeys: secrets });
  return "problems" in result ? result.problems : [];
}

const fences = documents.flatMap(fencesOf);
const shellFences = fences.filter(({ language }) => language === "bash");
const named = (list: readonly Fence[]) => list.map((fence) => [fence.place, fence] as const);

describe("shell commands of the documents", () => {
  test("are in blocks of one language, and there are some", () => {
    expect(shellFences.length).toBeGreaterThan(20);
    expect([...new Set(fences.map(({ language }) => language))].sort()).toEqual([
      "bash",
      "mermaid",
      "text",
      "ts",
      "yaml",
    ]);
  });

  test.each(named(shellFences))("%s are known, and say when they need a cloud", (_, fence) => {
    const verdicts = commandsIn(fence.text).map((words) => ({ command: words.join(" "), verdict: verdictOn(words) }));
    expect(verdicts.filter(({ verdict }) => typeof verdict === "object")).toEqual([]);
    const needing = verdicts.filter(({ verdict }) => verdict === "cloud").map(({ command }) => command);
    if (fence.text.startsWith(`${cloudMark}\n`)) expect(needing).not.toEqual([]);
    else expect(needing, `begin the block with "${cloudMark}"`).toEqual([]);
  });

  test.each(named(shellFences.filter(({ text }) => text.includes("pulumi config set"))))(
    "%s sets values that the program takes",
    (_, fence) => {
      const { values, secretKeys } = valuesSetIn(fence);
      expect(problemsWith(values, secretKeys, fence.text.startsWith(cloudMark))).toEqual([]);
    },
  );
});

describe("stack files in the documents", () => {
  const stackFences = fences.filter(({ language, text }) => language === "yaml" && /^config:$/m.test(text));

  test.each(named(stackFences))("%s has keys that exist, and values that the program takes", (_, fence) => {
    const { config } = parse(fence.text) as { readonly config: Readonly<Record<string, unknown>> };
    const own = Object.entries(config).flatMap(([key, value]) => {
      const [namespace, name = ""] = key.split(":");
      if (namespace === "openstack") expect(providerKeys).toContain(name);
      else expect(namespace).toBe("kovhernetes");
      const shown = name === "sshPublicKey" && String(value).includes("…") ? settingExamples.sshPublicKey : value;
      return namespace === "openstack" ? [] : [[name, shown] as const];
    });
    const values = Object.fromEntries(own) as Record<string, unknown>;
    expect(problemsWith(values)).toEqual([]);
  });

  test("the smallest one of the README is complete by itself", () => {
    const [fence] = stackFences.filter(({ place }) => place.startsWith("README.md"));
    const { config } = parse(fence?.text ?? "") as { readonly config: Readonly<Record<string, unknown>> };
    const entries = Object.entries(config).map(([key, value]) => [key.replace("kovhernetes:", ""), value]);
    const values = { ...(Object.fromEntries(entries) as Record<string, unknown>), sshPublicKey: publicKey };
    expect(Object.keys(values).sort()).toEqual(Object.keys(smallest).sort());
    expect(validateConfig(values, { stackName: "prod" })).toHaveProperty("config");
  });
});

describe("the reader of commands", () => {
  test("takes off what is no word", () => {
    const text = `# a comment\npulumi config set k "$(cat 'a b')"  # and \`one\`\n  a 'b c' && d \\\n  e > f; g | h`;
    expect(commandsIn(text)).toEqual([
      ["pulumi", "config", "set", "k", "$(cat 'a b')"],
      ["a", "b c"],
      ["d", "e"],
      ["g"],
      ["h"],
    ]);
  });

  test("finds what is wrong", () => {
    expect(stackOutputs).toContain("kubeconfig");
    const wrong = [
      "npm run nonsense",
      "pulumi config set nodez 3",
      "cp nowhere here",
      "frobnicate",
      "pulumi stack output x",
    ];
    for (const command of wrong) expect(typeof verdictOn(command.split(" "))).toBe("object");
    expect(typeof verdictOn("npm run verify -- --stack prod --nonsense".split(" "))).toBe("object");
    expect(problemsWith({ nodes: "many" })).not.toEqual([]);
  });
});
