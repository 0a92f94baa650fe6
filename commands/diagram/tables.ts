import { connections, token } from "./connections.ts";
import type { ClusterDescription } from "./description.ts";
import { page } from "./geometry.ts";
import { arrow, badgeRadius, fonts, line, mutedText, text, type Drawn, type LineStyle, type Shape } from "./shapes.ts";
import { fitted } from "./text-width.ts";

const rowHeight = 22;
const headingHeight = 44;
const conversations = { number: page.margin, client: 48, server: 206, shows: 342, authority: 552 } as const;
const openings = { what: 646, machines: 762, from: 836 } as const;

/** The numbered connections, what the security groups open, and what the lines mean. */
export function drawTables({ rules }: ClusterDescription, top: number): Drawn {
  const left = connectionTable(top);
  const right = ruleTable(rules, top);
  const legend = Math.max(left.bottom, right.bottom) + 26;
  return { shapes: [...left.shapes, ...right.shapes, ...drawLegend(legend)], bottom: legend + 12 };
}

function heading(title: string, top: number, columns: readonly (readonly [number, string])[]): readonly Shape[] {
  const [[x] = [0]] = columns;
  return [
    text(fonts.heading, x, top + 16, title),
    ...columns.map(([column, name]) => mutedText(fonts.small, column, top + 36, name)),
  ];
}

function connectionTable(top: number): Drawn {
  const { number, client, server, shows, authority } = conversations;
  const columns = [
    [client, "client"],
    [server, "server"],
    [shows, "client shows"],
    [authority, "authority"],
  ] as const;
  return {
    shapes: [
      ...heading("Who talks TLS to whom", top, columns),
      ...connections.flatMap((connection, index): readonly Shape[] => {
        const y = top + headingHeight + (index + 1) * rowHeight - 6;
        const name = connection.client === "pods" ? "flannel, CoreDNS, pods" : connection.client;
        return [
          { kind: "badge", number: index + 1, x: number + badgeRadius, y: y - 4 },
          text(fonts.small, client, y, name),
          text(fonts.small, server, y, `${connection.server} :${connection.port}`),
          text(fonts.small, shows, y, connection.shows),
          text(fonts.small, authority, y, connection.authority),
        ];
      }),
    ],
    bottom: top + headingHeight + connections.length * rowHeight,
  };
}

function ruleTable(rules: ClusterDescription["rules"], top: number): Drawn {
  const { what, machines, from } = openings;
  const shown = (x: number, y: number, content: string, end: number): Shape =>
    text(fonts.small, x, y, fitted(content, fonts.small, end - x - 6));
  const columns = [
    [what, "port"],
    [machines, "of"],
    [from, "open to"],
  ] as const;
  return {
    shapes: [
      ...heading("What security groups open", top, columns),
      ...rules.flatMap((rule, index) => {
        const y = top + headingHeight + (index + 1) * rowHeight - 6;
        return [
          shown(what, y, rule.what, machines),
          shown(machines, y, rule.appliesTo, from),
          shown(from, y, rule.from, page.width - page.margin + 6),
        ];
      }),
    ],
    bottom: top + headingHeight + rules.length * rowHeight,
  };
}

const meanings: readonly (readonly [x: number, style: LineStyle, meaning: string])[] = [
  [20, "tls", "TLS, both ends show a certificate"],
  [310, "token", `TLS, ${token}`],
  [540, "vxlan", "VXLAN"],
  [680, "plain", "SSH, sockets, the way out"],
];

function drawLegend(y: number): readonly Shape[] {
  return meanings.flatMap(([x, style, meaning]): readonly Shape[] => [
    (style === "vxlan" ? line : arrow)(style, [x, y - 4], [x + 40, y - 4]),
    mutedText(fonts.small, x + 48, y, meaning),
  ]);
}
