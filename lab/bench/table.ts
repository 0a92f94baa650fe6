import type { Measurement } from "../lib/measure.ts";
import type { ContenderName, Work } from "./options.ts";

/** What a command took, and how many requests the cloud had from it. */
export interface Figures extends Measurement {
  /** 0 where there is no cloud. */
  readonly requests: number;
  /** Requests that a limit refused, of which the cloud heard nothing. */
  readonly refused: number;
}

/** One measured run. */
export interface Row extends Figures {
  readonly nodes: number;
  readonly work: Work;
  readonly contender: ContenderName;
}

/** What a contender's state holds after `up`. */
export interface StateSize {
  readonly nodes: number;
  readonly contender: ContenderName;
  readonly resources: number;
  readonly bytes: number;
}

/** The medians of some runs, each figure by itself. @throws Error when there is no run. */
export function medians(rows: readonly Figures[]): Figures {
  const median = (figure: (row: Figures) => number): number => {
    const sorted = rows.map(figure).sort((a, b) => a - b);
    const upper = sorted[Math.floor(sorted.length / 2)];
    const lower = sorted[Math.floor((sorted.length - 1) / 2)];
    if (upper === undefined || lower === undefined) throw new Error("nothing was measured");
    return (lower + upper) / 2;
  };
  return {
    seconds: median(({ seconds }) => seconds),
    cpuSeconds: median(({ cpuSeconds }) => cpuSeconds),
    peakMemory: Math.round(median(({ peakMemory }) => peakMemory)),
    requests: Math.round(median(({ requests }) => requests)),
    refused: Math.round(median(({ refused }) => refused)),
  };
}

/** The results as Markdown: a line for each work and size, a column for each contender, and its times as a ratio to the first one's. */
export function markdown(rows: readonly Row[], sizes: readonly StateSize[]): string {
  const contenders = distinct(rows.map(({ contender }) => contender));
  const lines = distinct(rows.map(({ work }) => work)).flatMap((work) =>
    distinct(rows.map(({ nodes }) => nodes)).flatMap((nodes) => {
      const measured = contenders.map((contender) =>
        rows.filter((row) => row.work === work && row.nodes === nodes && row.contender === contender),
      );
      if (measured.every((runs) => runs.length === 0)) return [];
      const [first, ...others] = measured.map((runs) => (runs.length === 0 ? undefined : medians(runs)));
      const ratios = others.map((other) =>
        first === undefined || other === undefined
          ? ""
          : `${ratio(first.seconds, other.seconds)} (${ratio(first.cpuSeconds, other.cpuSeconds)})`,
      );
      return [[work, String(nodes), ...[first, ...others].map(figures), ...ratios]];
    }),
  );
  const over = contenders.slice(1).map((other) => `${contenders[0] ?? ""} / ${other}`);
  const states = sizes.map(({ nodes, contender, resources, bytes }) => [
    ...[contender, String(nodes), String(resources)],
    ...[`${String(Math.round(bytes / 1024))} KiB`, `${String(Math.round(bytes / 1024 / (nodes + 1)))} KiB`],
  ]);
  return [
    table(["work", "nodes", ...contenders, ...over], lines),
    ...(states.length === 0 ? [] : [table(["state of", "nodes", "resources", "size", "a machine"], states)]),
  ].join("\n\n");
}

/** Figures in words, nothing for none. */
export function figures(measured: Figures | undefined): string {
  if (measured === undefined) return "";
  const { seconds, cpuSeconds, peakMemory, requests, refused } = measured;
  return [
    `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s CPU, ${String(peakMemory)} MiB`,
    ...(requests === 0 ? [] : [`${String(requests)} requests`]),
    ...(refused === 0 ? [] : [`${String(refused)} refused`]),
  ].join(", ");
}

function ratio(one: number, other: number): string {
  return other === 0 ? "–" : (one / other).toFixed(2);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
