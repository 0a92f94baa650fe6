import type { ClusterDescription, DrawnMachine } from "./description.ts";
import { inside } from "./geometry.ts";
import { box, fonts, mutedText, text, type Drawn, type Shape } from "./shapes.ts";
import { fitted, textWidth } from "./text-width.ts";

const cell = { leastWidth: 150, gap: 8, padding: 8 } as const;
const frame = { padding: 12, heading: 46 } as const;
const columnGap = 20;

/** The masters on the left, and the pools below each other on the right. `stems` are where the pod network can take hold. */
export interface DrawnMachines extends Drawn {
  readonly stems: readonly { readonly x: number; readonly y: number }[];
}

/** Every machine with its addresses, by pools. */
export function drawMachines({ machines }: ClusterDescription, top: number): DrawnMachines {
  const membersOf = (pool: string): readonly DrawnMachine[] => machines.filter((machine) => machine.pool === pool);
  const masters = membersOf("master");
  const mastersWidth = cellWidth(masters) + 2 * frame.padding;
  const left = drawPool(masters.length === 1 ? "master" : "masters", masters, inside.left, mastersWidth, top);
  const stem = (x: number, { bottom }: Drawn) => ({ x, y: bottom });
  const right = inside.left + mastersWidth + columnGap;
  let bottom = top;
  const nodes = [...new Set(machines.map(({ pool }) => pool))]
    .filter((pool) => pool !== "master")
    .map((pool) => {
      const drawn = drawPool(`pool ${pool}`, membersOf(pool), right, inside.right - right, bottom);
      bottom = drawn.bottom + columnGap;
      return drawn;
    });
  const last = nodes.at(-1);
  return {
    shapes: [left, ...nodes].flatMap(({ shapes }) => shapes),
    bottom: Math.max(left.bottom, last?.bottom ?? top),
    stems: [stem(inside.left + 40, left), ...(last === undefined ? [] : [stem(right + 40, last)])],
  };
}

function cellWidth(machines: readonly DrawnMachine[]): number {
  const longest = Math.max(0, ...machines.map(({ name }) => textWidth(name, fonts.part)));
  return Math.max(cell.leastWidth, Math.ceil(longest) + 2 * cell.padding);
}

function drawPool(title: string, machines: readonly DrawnMachine[], x: number, width: number, y: number): Drawn {
  const within = width - 2 * frame.padding;
  const columns = Math.max(1, Math.floor((within + cell.gap) / (cellWidth(machines) + cell.gap)));
  const cellsWidth = Math.floor((within + cell.gap) / columns) - cell.gap;
  const height = machines.some(({ publicAddress }) => publicAddress !== undefined) ? 56 : 42;
  const shapes = machines.flatMap((machine, index) =>
    drawMachine(
      machine,
      x + frame.padding + (index % columns) * (cellsWidth + cell.gap),
      y + frame.heading + Math.floor(index / columns) * (height + cell.gap),
      cellsWidth,
      height,
    ),
  );
  const rows = Math.ceil(machines.length / columns);
  const bottom = y + frame.heading + rows * (height + cell.gap) - cell.gap + frame.padding;
  const made = [...new Set(machines.map(({ flavor, image }) => `${flavor}, ${image}`))].join("; ");
  return {
    shapes: [
      box("panel", x, y, width, bottom - y),
      text(fonts.heading, x + frame.padding, y + 20, fitted(title, fonts.heading, within)),
      mutedText(fonts.small, x + frame.padding, y + 36, fitted(made, fonts.small, within)),
      ...shapes,
    ],
    bottom,
  };
}

function drawMachine(machine: DrawnMachine, x: number, y: number, width: number, height: number): readonly Shape[] {
  const { name, address, publicAddress } = machine;
  const within = width - 2 * cell.padding;
  return [
    box("part", x, y, width, height),
    text(fonts.part, x + cell.padding, y + 17, fitted(name, fonts.part, within)),
    mutedText(fonts.small, x + cell.padding, y + 33, address),
    ...(publicAddress === undefined
      ? []
      : [mutedText(fonts.small, x + cell.padding, y + 48, `${publicAddress} public`)]),
  ];
}
