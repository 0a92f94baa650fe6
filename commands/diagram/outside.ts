import { numberOf } from "./connections.ts";
import type { ClusterDescription } from "./description.ts";
import { arrowGap, lanes, page } from "./geometry.ts";
import { arrow, box, connector, fonts, mutedText, text, type Drawn } from "./shapes.ts";
import { fitted, listed } from "./text-width.ts";

const administrators = { x: page.margin, width: 500 } as const;
const world = { x: 780, width: page.width - page.margin - 780 } as const;
const placeHeight = 48;
const barHeight = 34;

/** The title, who is outside, and what stands between them and the machines. */
export function drawOutside(cluster: ClusterDescription, top: number): Drawn {
  const { name, machines, adminCidrs, access } = cluster;
  const { margin, width } = page;
  const place = top + 66;
  const bar = place + placeHeight + arrowGap;
  const within = { administrators: administrators.width - 24, bar: width - 2 * margin - 24 };
  return {
    shapes: [
      text(fonts.title, margin, top + 26, fitted(name, fonts.title, width - 2 * margin)),
      mutedText(fonts.body, margin, top + 46, `Kubernetes on OpenStack: ${countText(machines)}`),
      box("place", administrators.x, place, administrators.width, placeHeight),
      text(fonts.heading, administrators.x + 12, place + 20, "Administrators"),
      mutedText(fonts.small, administrators.x + 12, place + 37, listed(adminCidrs, fonts.small, within.administrators)),
      ...connector(
        "tls",
        [lanes.api, place + placeHeight],
        [lanes.api, bar],
        numberOf("administrator", "kube-apiserver"),
      ),
      mutedText(fonts.small, lanes.api + 16, place + placeHeight + arrowGap / 2 + 4, "API 6443, SSH 22"),
      ...(access.mode === "none" ? [] : outsideWorld(place, bar)),
      box("network", margin, bar, width - 2 * margin, barHeight),
      text(fonts.body, margin + 12, bar + 22, fitted(accessText(cluster), fonts.body, within.bar)),
    ],
    bottom: bar + barHeight,
  };
}

function outsideWorld(place: number, bar: number): Drawn["shapes"] {
  return [
    box("place", world.x, place, world.width, placeHeight),
    text(fonts.heading, world.x + 12, place + 20, "Outside world"),
    mutedText(fonts.small, world.x + 12, place + 37, "images, packages, time"),
    arrow("plain", [lanes.out, bar], [lanes.out, place + placeHeight]),
  ];
}

function countText(machines: ClusterDescription["machines"]): string {
  const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  const nodes = machines.filter(({ pool }) => pool !== "master");
  const pools = new Set(nodes.map(({ pool }) => pool));
  const masters = many(machines.length - nodes.length, "master");
  return nodes.length === 0 ? masters : `${masters} and ${many(nodes.length, "node")} in ${many(pools.size, "pool")}`;
}

function accessText({ access, machines }: ClusterDescription): string {
  const reachable = machines.filter(({ publicAddress }) => publicAddress !== undefined).length;
  const share = reachable === machines.length ? "every machine" : `${reachable} of ${machines.length} machines`;
  switch (access.mode) {
    case "direct":
      return `external network ${access.externalNetwork}: a second interface of every machine`;
    case "floatingIp": {
      const router = access.router === undefined ? "the network's own router" : `router ${access.router}`;
      return `external network ${access.externalNetwork}: ${router}, floating addresses of ${share}`;
    }
    case "none":
      return "no addresses outside: reached through a VPN, or a bastion on the host network";
  }
}
