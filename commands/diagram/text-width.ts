/**
 * Advance widths of the characters from space to tilde in hundredths of the font size, rounded up: DejaVu Sans 2.37 and its bold, which
 * with Verdana are the widest of the fonts that browsers take for `sans-serif`. A text fits in any other.
 */
const widths = {
  regular: [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62,
    69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60,
    82, 60, 60, 53, 64, 34, 64, 84,
  ],
  bold: [
    35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40, 84,
    84, 84, 59, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100, 84, 86, 74, 86, 78, 73, 69, 82, 78, 111, 78,
    73, 73, 46, 37, 46, 84, 50, 50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72, 50, 60, 48, 72,
    66, 93, 65, 66, 59, 72, 37, 72, 84,
  ],
} as const;

/** How a text is set: size in pixels. */
export interface Font {
  readonly size: number;
  readonly bold?: boolean;
}

/** The width that a text takes at most, pixels. Characters outside ASCII count as wide as they are high. */
export function textWidth(text: string, { size, bold = false }: Font): number {
  const table: readonly number[] = widths[bold ? "bold" : "regular"];
  const hundredths = Array.from(text).reduce(
    (sum, character) => sum + (table[(character.codePointAt(0) ?? 0) - 32] ?? 100),
    0,
  );
  return (hundredths * size) / 100;
}

/** The text, or as much of its beginning as fits with an ellipsis. */
export function fitted(text: string, font: Font, width: number): string {
  if (textWidth(text, font) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && textWidth(`${characters.join("")}…`, font) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** As many of the words as fit into one line, separated by commas, and how many more there are. */
export function listed(words: readonly string[], font: Font, width: number): string {
  const shown = (count: number): string =>
    [...words.slice(0, count), ...(count < words.length ? [`${words.length - count} more`] : [])].join(", ");
  let count = words.length;
  while (count > 1 && textWidth(shown(count), font) > width) count -= 1;
  return fitted(shown(count), font, width);
}
