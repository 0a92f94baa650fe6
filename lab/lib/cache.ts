import { spawn } from "node:child_process";
import * as crypto from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheRoot } from "./paths.ts";
import type { Report } from "./process.ts";

/** One artefact of the cache: a directory, named by what it is and by everything that decides its content. */
export interface Artefact {
  /** Kind of artefact, for instance `engine`; the folder below the cache root. */
  readonly name: string;
  /** Everything that decides the content: versions, and {@link hashTree} of the sources that build it. */
  readonly key: readonly string[];
  /** Builds the content into an empty directory. */
  readonly build: (directory: string, report: Report) => Promise<void>;
  /** `content` compares SHA-256 of every file with the manifest; `size` its size only (for large trees). Default `content`. */
  readonly verify?: "content" | "size" | "mark";
}

const manifestName = ".manifest.json";
type Manifest = Record<string, { size: number; sha256: string }>;

/**
 * Gives the directory of an artefact, building it when it is absent, incomplete or damaged.
 * Safe against interruption (built beside and renamed into place) and against a second process (lock by `flock`).
 */
export async function cached(artefact: Artefact, report: Report): Promise<string> {
  const key = crypto.createHash("sha256").update(JSON.stringify(artefact.key)).digest("hex").slice(0, 16);
  const directory = path.join(cacheRoot, artefact.name, key);
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const release = await lock(`${directory}.lock`, report);
  try {
    if (await isWhole(directory, artefact.verify ?? "content")) return directory;
    const partial = `${directory}.partial`;
    for (const stale of [partial, directory]) fs.rmSync(stale, { recursive: true, force: true });
    fs.mkdirSync(partial);
    await artefact.build(partial, report);
    const manifest = artefact.verify === "mark" ? {} : await describe(partial, artefact.verify !== "size");
    fs.writeFileSync(path.join(partial, manifestName), JSON.stringify(manifest));
    fs.renameSync(partial, directory);
    return directory;
  } finally {
    release();
  }
}

/** SHA-256 over names and contents of files and folders, for use in {@link Artefact.key}. */
export function hashTree(...roots: readonly string[]): string {
  const hash = crypto.createHash("sha256");
  for (const root of roots) {
    for (const file of listFiles(root)) {
      hash.update(`${file}\0`).update(fs.readFileSync(path.join(root, file)));
    }
  }
  return hash.digest("hex");
}

function listFiles(root: string): string[] {
  if (!fs.statSync(root).isDirectory()) return [""];
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function describe(directory: string, withContent: boolean): Promise<Manifest> {
  const manifest: Manifest = {};
  for (const file of listFiles(directory)) {
    if (file === manifestName) continue;
    const absolute = path.join(directory, file);
    manifest[file] = { size: fs.statSync(absolute).size, sha256: withContent ? await sha256File(absolute) : "" };
  }
  return manifest;
}

async function isWhole(directory: string, verify: NonNullable<Artefact["verify"]>): Promise<boolean> {
  const manifestFile = path.join(directory, manifestName);
  if (!fs.existsSync(manifestFile)) return false;
  if (verify === "mark") return true;
  try {
    const expected = JSON.parse(fs.readFileSync(manifestFile, "utf8")) as Manifest;
    const actual = await describe(directory, verify === "content");
    return Object.entries(expected).every(
      ([file, { size, sha256 }]) => actual[file]?.size === size && actual[file].sha256 === sha256,
    );
  } catch {
    return false;
  }
}

/** SHA-256 of one file, in hexadecimal. */
export async function sha256File(file: string): Promise<string> {
  const hash = crypto.createHash("sha256");
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Takes an advisory lock that ends with this process, whatever ends it; says so when it has to wait. */
export async function lock(file: string, report: Report): Promise<() => void> {
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat >/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const slow = setTimeout(() => {
    report(`waiting for another process that prepares ${path.basename(path.dirname(file))}`);
  }, 2000);
  try {
    await Promise.race([
      once(holder.stdout, "data"),
      once(holder, "exit").then(([code]) => {
        throw new Error(`flock ${file} ended with ${String(code)}`);
      }),
    ]);
  } finally {
    clearTimeout(slow);
  }
  return () => holder.stdin.end();
}
