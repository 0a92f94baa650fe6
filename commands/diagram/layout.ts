import { drawComponents } from "./components.ts";
import type { ClusterDescription } from "./description.ts";
import { page } from "./geometry.ts";
import { drawMachines } from "./machines.ts";
import { drawHostHeading, drawOverlays } from "./networks.ts";
import { drawOutside } from "./outside.ts";
import { box, type Shape } from "./shapes.ts";
import { drawTables } from "./tables.ts";

/** A picture as shapes, what lies below first. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** The gap between the way to the outside and the host network, which lines cross. */
const frameGap = 26;

/** Lays the picture of a cluster out, from the outside world at the top to the tables at the bottom. */
export function layOut(cluster: ClusterDescription): Picture {
  const outside = drawOutside(cluster, page.margin - 6);
  const frame = outside.bottom + frameGap;
  const components = drawComponents(cluster, outside.bottom, frame + 54);
  const machines = drawMachines(cluster, components.bottom + 20);
  const overlays = drawOverlays(cluster, machines);
  const frameBottom = overlays.bottom + 20;
  const tables = drawTables(cluster, frameBottom + 22);
  const height = tables.bottom + 8;
  const shapes: readonly Shape[] = [
    box("paper", 0, 0, page.width, height),
    box("network", page.margin, frame, page.width - 2 * page.margin, frameBottom - frame),
    ...drawHostHeading(cluster, frame),
    ...[outside, components, machines, overlays, tables].flatMap((drawn) => drawn.shapes),
  ];
  const isBox = ({ kind }: Shape): boolean => kind === "box";
  return {
    width: page.width,
    height,
    // Boxes hide what is below them; what contains another comes before it.
    shapes: [...shapes.filter(isBox), ...shapes.filter((shape) => !isBox(shape))],
  };
}
