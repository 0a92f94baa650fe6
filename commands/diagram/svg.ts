import type { Picture } from "./layout.ts";
import { badgeRadius, type Badge, type Line, type Shape, type Text } from "./shapes.ts";
import { styleSheet } from "./style.ts";

/** Length and half width of an arrow head. */
const head = { length: 9, half: 4 } as const;

const corner = 6;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, content?: string): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${list.join("")}${content === undefined ? "/>" : `>${escaped(content)}</${name}>`}`;
}

function drawText({ x, y, text, size, bold = false, muted = false }: Text): string {
  const optional = { ...(bold ? { "font-weight": "bold" } : {}), ...(muted ? { class: "muted" } : {}) };
  return element("text", { x, y, "font-size": size, ...optional }, text);
}

/** The line ends where its head begins, so that its end is as sharp as the head. */
function drawLine({ from, to, style, arrow }: Line): readonly string[] {
  const [dx, dy] = [Math.sign(to[0] - from[0]), Math.sign(to[1] - from[1])];
  const end = arrow ? ([to[0] - dx * head.length, to[1] - dy * head.length] as const) : to;
  const line = element("line", { x1: from[0], y1: from[1], x2: end[0], y2: end[1], class: style });
  if (!arrow) return [line];
  const corners = [
    to,
    [end[0] + dy * head.half, end[1] + dx * head.half],
    [end[0] - dy * head.half, end[1] - dx * head.half],
  ];
  return [
    line,
    element("polygon", { points: corners.map((point) => point.join(",")).join(" "), class: `${style}-head` }),
  ];
}

function drawBadge({ x, y, number }: Badge): readonly string[] {
  const label = { x, y: y + 4, "font-size": 11, "font-weight": "bold", "text-anchor": "middle", class: "number" };
  return [element("circle", { cx: x, cy: y, r: badgeRadius, class: "badge" }), element("text", label, String(number))];
}

function draw(shape: Shape): readonly string[] {
  switch (shape.kind) {
    case "box": {
      const { x, y, width, height, style } = shape;
      return [element("rect", { x, y, width, height, rx: corner, class: style })];
    }
    case "text":
      return [drawText(shape)];
    case "line":
      return drawLine(shape);
    case "badge":
      return drawBadge(shape);
  }
}

/** The picture as one SVG document, an element a line. */
export function renderSvg({ width, height, shapes }: Picture, title: string, description: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    element("title", {}, title),
    element("desc", {}, description),
    "<style>",
    ...styleSheet(),
    "</style>",
    ...shapes.flatMap(draw),
    "</svg>",
    "",
  ].join("\n");
}
