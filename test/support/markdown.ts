import * as fs from "node:fs";
import * as path from "node:path";

/** Folder of the repository. */
export const repository = path.join(__dirname, "../..");

const isUpdate = process.env["UPDATE_DOCUMENTS"] !== undefined;

/** A Markdown table, its columns as wide as they need to be. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.slice(1).map(line)].join("\n");
}

/** The part of a document between two marks. `UPDATE_DOCUMENTS=1` writes it. @param file from the repository's folder */
export function documentedPart(file: string, name: string, content: string): string {
  const absolute = path.join(repository, file);
  const text = fs.readFileSync(absolute, "utf8");
  const pattern = new RegExp(`(<!-- begin ${name} -->\n)[^]*?(<!-- end ${name} -->)`);
  if (isUpdate) {
    fs.writeFileSync(
      absolute,
      text.replace(pattern, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`),
    );
    return content;
  }
  return (pattern.exec(text)?.[0] ?? "").split("\n").slice(2, -2).join("\n");
}

/** A file that is made as a whole. `UPDATE_DOCUMENTS=1` writes it. @param file from the repository's folder */
export function documentedFile(file: string, content: string): string {
  if (isUpdate) fs.writeFileSync(path.join(repository, file), content);
  return fs.readFileSync(path.join(repository, file), "utf8");
}
