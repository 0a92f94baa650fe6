import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "yaml";

export interface WrittenFile {
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
}

export interface ParsedUserData {
  readonly document: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, WrittenFile>;
}

/** Reads a `#cloud-config` text as cloud-init does: what it writes where, and everything else. */
export function parseUserData(text: string): ParsedUserData {
  if (!text.startsWith("#cloud-config\n")) throw new Error("not a cloud-config text");
  const document = parse(text) as Record<string, unknown>;
  const entries = document["write_files"] as { path: string; content: string; permissions: string; owner: string }[];
  const files = new Map<string, WrittenFile>();
  for (const { path, content, permissions, owner } of entries) {
    if (files.has(path)) throw new Error(`user data writes ${path} twice`);
    files.set(path, { content, mode: permissions, owner });
  }
  return { document, files };
}

/** The text behind what `encodeUserData` gave. */
export function decodeUserData(encoded: string): string {
  return gunzipSync(Buffer.from(encoded, "base64")).toString("utf8");
}

/** Unit files of a user data text by name, drop-ins by `UNIT.d/NAME`. */
export function renderedUnits(text: string): ReadonlyMap<string, string> {
  return filesBelow(text, "/etc/systemd/system/");
}

/** Shell scripts of a user data text by name. */
export function renderedScripts(text: string): ReadonlyMap<string, string> {
  return filesBelow(text, "/opt/kovhernetes/lib/");
}

function filesBelow(text: string, directory: string): ReadonlyMap<string, string> {
  const below = [...parseUserData(text).files].filter(([path]) => path.startsWith(directory));
  return new Map(below.map(([path, file]) => [path.slice(directory.length), file.content]));
}

/** Directives of one section of a unit, in order, with continued lines joined: what systemd reads. */
export function unitDirectives(unit: string, section: string): readonly (readonly [name: string, value: string])[] {
  const lines = unit.replace(/\\\n/g, " ").split("\n");
  const directives: (readonly [string, string])[] = [];
  let current = "";
  for (const line of lines) {
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const header = /^\[(.*)\]$/.exec(line);
    if (header) {
      current = header[1] ?? "";
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 0) throw new Error(`not a directive: ${line}`);
    if (current === section) directives.push([line.slice(0, equals), line.slice(equals + 1)]);
  }
  return directives;
}

/**
 * Arguments of an `ExecStart=` value as systemd passes them on, for the part of its syntax in use here: double quotes,
 * backslash escapes, `%%` and `$$`. Variables stay as they are written.
 */
export function splitCommand(value: string): readonly string[] {
  const words: string[] = [];
  const pattern = /\s*((?:"(?:[^"\\]|\\[^])*"|[^\s"\\])+)/gy;
  let match: RegExpExecArray | null;
  let end = 0;
  while ((match = pattern.exec(value)) !== null) {
    end = pattern.lastIndex;
    words.push((match[1] ?? "").replace(/"((?:[^"\\]|\\[^])*)"/g, (_, quoted: string) => unescapeQuoted(quoted)));
  }
  if (value.slice(end).trim() !== "") throw new Error(`systemd cannot split: ${value.slice(end)}`);
  return words.map((word) => word.replaceAll("%%", "%").replaceAll("$$", "$"));
}

function unescapeQuoted(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|[^])/g, (_, escape: string) =>
    escape.startsWith("x") && escape.length === 3 ? String.fromCharCode(parseInt(escape.slice(1), 16)) : escape,
  );
}

/** Bytes by which each file makes packed user data larger, the largest first: what others say as well costs next to nothing. */
export function packedSizes(text: string): readonly { readonly path: string; readonly bytes: number }[] {
  const packed = (part: string): number => gzipSync(part, { level: 9 }).length;
  const [head = "", ...entries] = text.split(/^(?=- path: )/m);
  const whole = packed(text);
  return entries
    .map((entry, index) => ({
      path: /^- path: (.*)/.exec(entry)?.[1] ?? "",
      bytes: whole - packed([head, ...entries.filter((_, other) => other !== index)].join("")),
    }))
    .sort((one, other) => other.bytes - one.bytes);
}
