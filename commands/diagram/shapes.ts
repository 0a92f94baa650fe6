import type { Font } from "./text-width.ts";

/** How a rectangle looks; each is a class of the style sheet. */
export type BoxStyle = "paper" | "network" | "overlay" | "panel" | "part" | "volume" | "place";

/** What a line means. */
export type LineStyle = "tls" | "token" | "vxlan" | "plain";

/** A rectangle. Pixels throughout, from the upper left corner. */
export interface Box {
  readonly kind: "box";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly style: BoxStyle;
}

/** One line of text, `y` being its baseline and `x` its left end. */
export interface Text extends Font {
  readonly kind: "text";
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly muted?: boolean;
}

/** A straight line, without or with an arrow head at its end. */
export interface Line {
  readonly kind: "line";
  readonly from: Point;
  readonly to: Point;
  readonly style: LineStyle;
  readonly arrow: boolean;
}

/** A number in a circle. */
export interface Badge {
  readonly kind: "badge";
  readonly x: number;
  readonly y: number;
  readonly number: number;
}

export type Shape = Box | Text | Line | Badge;
export type Point = readonly [x: number, y: number];

/** Fonts of the picture. */
export const fonts = {
  title: { size: 20, bold: true },
  heading: { size: 13, bold: true },
  part: { size: 12, bold: true },
  body: { size: 12 },
  small: { size: 11 },
} as const satisfies Record<string, Font>;

export const badgeRadius = 9;

/** Free space on a line on either side of its badge. */
const badgeGap = 3;

export function box(style: BoxStyle, x: number, y: number, width: number, height: number): Box {
  return { kind: "box", style, x, y, width, height };
}

export function text(font: Font, x: number, y: number, content: string): Text {
  return { kind: "text", ...font, x, y, text: content };
}

export function mutedText(font: Font, x: number, y: number, content: string): Text {
  return { ...text(font, x, y, content), muted: true };
}

/** A horizontal or vertical line without an arrow. */
export function line(style: LineStyle, from: Point, to: Point): Line {
  return { kind: "line", style, from, to, arrow: false };
}

/** A horizontal or vertical line with an arrow at its end. */
export function arrow(style: LineStyle, from: Point, to: Point): Line {
  return { kind: "line", style, from, to, arrow: true };
}

/** An arrow with a number in the middle of it. */
export function connector(style: LineStyle, from: Point, to: Point, number: number): readonly Shape[] {
  const middle: Point = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const reach = badgeRadius + badgeGap;
  const [dx, dy] = [Math.sign(to[0] - from[0]) * reach, Math.sign(to[1] - from[1]) * reach];
  return [
    line(style, from, [middle[0] - dx, middle[1] - dy]),
    { kind: "badge", x: middle[0], y: middle[1], number },
    arrow(style, [middle[0] + dx, middle[1] + dy], to),
  ];
}

/** A component: its name, and what there is to say of it, one line each. */
export function part(
  style: BoxStyle,
  x: number,
  y: number,
  width: number,
  height: number,
  name: string,
  ...lines: string[]
): readonly Shape[] {
  return [
    box(style, x, y, width, height),
    text(fonts.part, x + 10, y + 18, name),
    ...lines.map((line, index) => mutedText(fonts.small, x + 10, y + 35 + 15 * index, line)),
  ];
}

/** A part of the picture, and where it ends below. */
export interface Drawn {
  readonly shapes: readonly Shape[];
  readonly bottom: number;
}
