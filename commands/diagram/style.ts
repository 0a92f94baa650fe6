import type { BoxStyle, LineStyle } from "./shapes.ts";

/** Colours of one appearance. */
export interface Palette {
  readonly text: string;
  readonly muted: string;
  /** Fill and border of each kind of box. */
  readonly boxes: Readonly<Record<BoxStyle, readonly [fill: string, border: string]>>;
  readonly lines: Readonly<Record<LineStyle, string>>;
  readonly badge: { readonly fill: string; readonly text: string };
}

export const light: Palette = {
  text: "#1f2328",
  muted: "#57606a",
  boxes: {
    paper: ["#ffffff", "#d0d7de"],
    network: ["#eef6ff", "#6cb0ff"],
    overlay: ["#e9f8ee", "#4aa564"],
    panel: ["#f6f8fa", "#c0c8d0"],
    part: ["#ffffff", "#8c959f"],
    volume: ["#fff6e0", "#bf8700"],
    place: ["#f6f8fa", "#8c959f"],
  },
  lines: { tls: "#0969da", token: "#8250df", vxlan: "#1a7f37", plain: "#57606a" },
  badge: { fill: "#0969da", text: "#ffffff" },
};

export const dark: Palette = {
  text: "#f0f6fc",
  muted: "#a9b4c0",
  boxes: {
    paper: ["#0d1117", "#30363d"],
    network: ["#0f1d30", "#2f6fb5"],
    overlay: ["#0f2417", "#2f7d46"],
    panel: ["#161b22", "#3d444d"],
    part: ["#21262d", "#6e7681"],
    volume: ["#2d2410", "#9e7700"],
    place: ["#161b22", "#6e7681"],
  },
  lines: { tls: "#58a6ff", token: "#bc8cff", vxlan: "#3fb950", plain: "#a9b4c0" },
  badge: { fill: "#1158c7", text: "#ffffff" },
};

function rules({ text, muted, boxes, lines, badge }: Palette): readonly string[] {
  return [
    `text { fill: ${text}; }`,
    `.muted { fill: ${muted}; }`,
    ...Object.entries(boxes).map(([name, [fill, border]]) => `.${name} { fill: ${fill}; stroke: ${border}; }`),
    ...Object.entries(lines).map(
      ([name, colour]) => `.${name} { stroke: ${colour}; } .${name}-head { fill: ${colour}; }`,
    ),
    `.badge { fill: ${badge.fill}; } .number { fill: ${badge.text}; }`,
  ];
}

/** The style sheet: light, and dark for whoever prefers it. */
export function styleSheet(): readonly string[] {
  return [
    'text { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }',
    "line { stroke-width: 1.6; fill: none; }",
    ".token { stroke-dasharray: 6 3; } .vxlan { stroke-dasharray: 2 3; } .overlay { stroke-dasharray: 5 3; }",
    ...rules(light),
    "@media (prefers-color-scheme: dark) {",
    ...rules(dark).map((rule) => `  ${rule}`),
    "}",
  ];
}
