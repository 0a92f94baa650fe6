import { textWidth } from "../../commands/diagram/text-width.ts";

/** A rectangle by its edges, pixels. */
interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One element of a picture with the room that it takes. */
export interface Element extends Edges {
  readonly tag: "rect" | "text" | "line" | "polygon" | "circle";
  /** Its class, or nothing. */
  readonly style: string;
  readonly text: string;
}

/** Room that letters take above and below their baseline, by the size of the font, and beside their sum: browsers round each, pixels. */
const letters = { above: 0.78, below: 0.25, beside: 1 } as const;

/** Frames that lines may cross; nothing else is in their way. */
const frames = new Set(["paper", "network", "panel"]);

const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };

/** Every element that is drawn. @throws Error for an element whose room is not known */
export function elementsOf(svg: string): readonly Element[] {
  const body = svg.slice(svg.indexOf("</style>") + "</style>".length, svg.lastIndexOf("</svg>"));
  return body.split("\n").filter(Boolean).map(elementOf);
}

function elementOf(line: string): Element {
  const [, tag = "", list = "", content = ""] =
    /^<(\w+)((?: [\w-]+="[^"<>]*")*)(?:\/>|>([^<]*)<\/\1>)$/.exec(line) ?? [];
  const attributes = new Map(
    [...list.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const number = (key: string): number => {
    const value = Number(attributes.get(key) ?? Number.NaN);
    if (Number.isNaN(value)) throw new Error(`no ${key} in ${line}`);
    return value;
  };
  const text = content.replace(/&\w+;/g, (entity) => entities[entity] ?? entity);
  const of = (known: Element["tag"], edges: Edges): Element => ({
    tag: known,
    style: attributes.get("class") ?? "",
    text,
    ...edges,
  });
  const around = (points: readonly (readonly [number, number])[]): Edges => ({
    left: Math.min(...points.map(([x]) => x)),
    top: Math.min(...points.map(([, y]) => y)),
    right: Math.max(...points.map(([x]) => x)),
    bottom: Math.max(...points.map(([, y]) => y)),
  });
  switch (tag) {
    case "rect":
      return of(
        tag,
        around([
          [number("x"), number("y")],
          [number("x") + number("width"), number("y") + number("height")],
        ]),
      );
    case "line":
      return of(
        tag,
        around([
          [number("x1"), number("y1")],
          [number("x2"), number("y2")],
        ]),
      );
    case "circle":
      return of(
        tag,
        around([
          [number("cx") - number("r"), number("cy") - number("r")],
          [number("cx") + number("r"), number("cy") + number("r")],
        ]),
      );
    case "polygon": {
      const points = (attributes.get("points") ?? "").split(" ").map((point) => point.split(",").map(Number));
      return of(tag, around(points.map(([x = Number.NaN, y = Number.NaN]) => [x, y])));
    }
    case "text": {
      const size = number("font-size");
      const width = textWidth(text, { size, bold: attributes.get("font-weight") === "bold" });
      const left = attributes.get("text-anchor") === "middle" ? number("x") - width / 2 : number("x");
      return of(
        tag,
        around([
          [left - letters.beside, number("y") - letters.above * size],
          [left + width + letters.beside, number("y") + letters.below * size],
        ]),
      );
    }
    default:
      throw new Error(`unknown element: ${line}`);
  }
}

/** Whether two share more than an edge; a line, which has no width, shares what it passes through. */
function meet(one: Edges, other: Edges): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function isWithin(inner: Edges, outer: Edges): boolean {
  return (
    inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom
  );
}

/** Lines are drawn this wide, at least. */
function widened(line: Element): Edges {
  const half = 0.8;
  return line.left === line.right
    ? { ...line, left: line.left - half, right: line.right + half }
    : { ...line, top: line.top - half, bottom: line.bottom + half };
}

/** Whether two that meet belong together. */
function mayMeet(one: Element, other: Element): boolean {
  const [a, b] = one.tag <= other.tag ? [one, other] : [other, one];
  if (a.tag === "rect" && b.tag === "rect") return isWithin(a, b) || isWithin(b, a);
  if (a.tag === "rect") return isWithin(b, a);
  if (a.tag === "circle" && b.tag === "text") return b.style === "number" && isWithin(b, a);
  if (b.tag !== "rect") return false;
  return a.tag === "circle" ? isWithin(a, b) : frames.has(b.style);
}

/** Pairs that overlap, in words; elements outside the picture as well. */
export function overlaps(svg: string): readonly string[] {
  const [, width = "", height = ""] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const page = { left: 0, top: 0, right: Number(width), bottom: Number(height) };
  const elements = elementsOf(svg).map((element) =>
    element.tag === "line" ? { ...element, ...widened(element) } : element,
  );
  const nameOf = ({ tag, style, text, left, top }: Element): string =>
    `${tag} ${style} ${text} at ${left},${top}`.replace(/ +/g, " ");
  return [
    ...elements.filter((element) => !isWithin(element, page)).map((element) => `${nameOf(element)} is outside`),
    ...elements.flatMap((one, index) =>
      elements
        .slice(index + 1)
        .filter((later) => later.tag === "rect" && meet(one, later) && !isWithin(later, one))
        .map((later) => `${nameOf(one)} is hidden by ${nameOf(later)}`),
    ),
    ...elements.flatMap((one, index) =>
      elements
        .slice(index + 1)
        .filter((other) => meet(one, other) && !mayMeet(one, other))
        .map((other) => `${nameOf(one)} overlaps ${nameOf(other)}`),
    ),
  ];
}
