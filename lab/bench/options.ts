import { parseArgs } from "node:util";

export const contenderNames = ["program", "bare-loop", "terraform"] as const;
export type ContenderName = (typeof contenderNames)[number];

/** In the order in which they are done, since each begins with what the one before left. */
export const works = ["start", "preview", "up", "preview-unchanged", "up-unchanged", "one-more", "destroy"] as const;
export type Work = (typeof works)[number];

/** The works that need no cloud. */
export const offlineWorks: readonly Work[] = ["start", "preview"];

/** What is measured. */
export interface BenchOptions {
  /** Nodes beside the master, ascending. */
  readonly sizes: readonly number[];
  readonly contenders: readonly ContenderName[];
  readonly works: readonly Work[];
  readonly runs: number;
  /** Operations at the same time; each contender's own default where it is absent. */
  readonly parallel: number | undefined;
  /** Requests a second that the cloud takes; what comes faster is answered with 429. No limit where it is absent. */
  readonly limit: number | undefined;
  /** Whether to do without a cloud: previews from nothing alone. */
  readonly offline: boolean;
  /** Where the results are written as JSON. */
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [OPTION...]
  --sizes 3,20            nodes beside the master; default 3,20
  --contenders LIST       of ${contenderNames.join(", ")}; default all
  --works LIST            of ${works.join(", ")}; default all
  --runs N                of which the median is taken; default 3
  --parallel N            operations at the same time, of all contenders; default is their own
  --limit N               requests a second that the cloud takes, which answers 429 to more; default is no limit
  --offline               without a cloud: works ${offlineWorks.join(" and ")} alone
  --json FILE             write the results there, too`;

/** @throws Error that names every option that is wrong. */
export function benchOptions(args: readonly string[]): BenchOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: text,
      contenders: text,
      works: text,
      runs: text,
      parallel: text,
      limit: text,
      json: text,
      offline: { type: "boolean" },
    },
  });
  const problems: string[] = [];
  const list = (value: string): string[] => value.split(",").map((item) => item.trim());
  const number = (option: string, value: string, least: number, most: number): number => {
    const parsed = Number(value);
    if (Number.isInteger(parsed) && parsed >= least && parsed <= most) return parsed;
    problems.push(`--${option} ${value}: give a whole number from ${String(least)} to ${String(most)}`);
    return least;
  };
  const choice = <T extends string>(option: string, value: string | undefined, all: readonly T[]): readonly T[] => {
    const chosen = value === undefined ? all : list(value);
    const unknown = chosen.filter((item) => !all.includes(item as T));
    if (unknown.length > 0) problems.push(`--${option} ${unknown.join(",")}: choose of ${all.join(", ")}`);
    return all.filter((item) => chosen.includes(item));
  };
  if (values.offline === true && values.limit !== undefined) {
    problems.push(`--limit ${values.limit}: needs a cloud, leave --offline out`);
  }
  const options: BenchOptions = {
    sizes: list(values.sizes ?? "3,20")
      .map((size) => number("sizes", size, 1, 1000))
      .sort((a, b) => a - b),
    contenders: choice("contenders", values.contenders, contenderNames),
    works: choice("works", values.works, values.offline === true ? offlineWorks : works),
    runs: number("runs", values.runs ?? "3", 1, 99),
    parallel: values.parallel === undefined ? undefined : number("parallel", values.parallel, 1, 256),
    limit: values.limit === undefined ? undefined : number("limit", values.limit, 1, 1000),
    offline: values.offline ?? false,
    json: values.json,
  };
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return options;
}
