import * as fs from "node:fs";
import * as path from "node:path";
import { execa, ExecaError, type Options } from "execa";
import { logRoot } from "./paths.ts";

/** Receives one short line of progress at a time; the front end decides how to show it. */
export type Report = (line: string) => void;

/** A long command: its full output goes to a log file, its last line to `report`. */
export interface LoggedRun {
  readonly command: readonly [string, ...string[]];
  /** Log file name below {@link logRoot}, without extension. */
  readonly log: string;
  readonly report: Report;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a long command with its output in a log file and its newest line as progress.
 * @throws Error naming the command, its exit code, its last lines and the log file.
 */
export async function runLogged(run: LoggedRun): Promise<void> {
  const file = path.join(logRoot, `${run.log}.log`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const [program, ...args] = run.command;
  const options = {
    all: true,
    buffer: false,
    stdin: "ignore",
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(run.env === undefined ? {} : { env: run.env }),
  } satisfies Options;
  const child = execa(program, args, options);
  const log = fs.createWriteStream(file, { flags: "a" });
  log.write(`\n$ ${run.command.join(" ")}\n`);
  const tail: string[] = [];
  try {
    for await (const line of child.iterable({ from: "all" })) {
      log.write(`${line}\n`);
      tail.push(line);
      if (tail.length > 15) tail.shift();
      if (line.trim() !== "") run.report(line.trim().slice(0, 160));
    }
    await child;
  } catch (error) {
    const code = error instanceof ExecaError ? String(error.exitCode ?? error.signal ?? error.code) : String(error);
    throw new Error(
      `${run.command.slice(0, 3).join(" ")} … failed (${code}). Last lines:\n  ${tail.join("\n  ")}\nFull log: ${file}`,
      { cause: error },
    );
  } finally {
    log.end();
  }
}

/** Runs a short command and gives its standard output without the final newline. */
export async function capture(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const result = await execa(program, args, { ...options, stdin: "ignore" });
  return String(result.stdout ?? "");
}
