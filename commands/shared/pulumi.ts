import { execa, ExecaError, type Options } from "execa";
import { z } from "zod";

/** A stack, and where the Pulumi CLI finds its project. */
export interface StackLocation {
  readonly stack: string;
  /** Folder of `Pulumi.yaml`. */
  readonly cwd: string;
  /** The stack's configuration where it is not `Pulumi.STACK.yaml` in that folder. */
  readonly configFile?: string | undefined;
}

/** Commands that read the stack's configuration, and so may be told where it is. */
const configurable = new Set(["config", "preview", "destroy"]);

/**
 * Starts the Pulumi CLI on a stack, without selecting it: which stack the user has selected is the user's business.
 * @param flags what comes last
 */
function start<Settings extends Options>(
  { stack, cwd, configFile }: StackLocation,
  args: readonly string[],
  flags: readonly string[],
  settings: Settings,
) {
  const config = configFile === undefined || !configurable.has(args[0] ?? "") ? [] : ["--config-file", configFile];
  return execa("pulumi", [...args, "--stack", stack, ...config, ...flags], { cwd, ...settings });
}

/**
 * Runs the Pulumi CLI on a stack and keeps what it prints.
 * @param milliseconds how long it may take
 * @returns what it printed
 * @throws Error with Pulumi's own words, or that it is not installed
 */
export async function pulumi(
  location: StackLocation,
  args: readonly string[],
  milliseconds = 120_000,
): Promise<string> {
  try {
    const { stdout } = await start(location, args, ["--non-interactive"], {
      stdin: "ignore",
      timeout: milliseconds,
      // As if interrupted by the user, so that the engine ends its providers.
      killSignal: "SIGINT",
      maxBuffer: 1024 ** 3,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return stdout;
  } catch (error) {
    throw new Error(failureText(args, location.cwd, error, milliseconds), { cause: error });
  }
}

/**
 * Runs the Pulumi CLI on a stack for as long as it takes, in front of the user: its progress goes to the error output. An interruption by the
 * user is for the CLI, which then ends in order.
 * @returns whether it ended well
 * @throws Error that it is not installed
 */
export async function followPulumi(
  location: StackLocation,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const leaveToPulumi = (): void => undefined;
  process.on("SIGINT", leaveToPulumi);
  try {
    const { exitCode, code } = await start(location, args, [], {
      stdin: "inherit",
      stdout: process.stderr,
      stderr: "inherit",
      reject: false,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true", ...environment },
    });
    if (code === "ENOENT") throw new Error(notInstalled(location.cwd));
    return exitCode === 0;
  } finally {
    process.off("SIGINT", leaveToPulumi);
  }
}

const notInstalled = (cwd: string): string =>
  `pulumi cannot be started: it must be in PATH (https://www.pulumi.com/docs/install/), and ${cwd} must be a folder`;

function failureText(args: readonly string[], cwd: string, error: unknown, milliseconds: number): string {
  if (!(error instanceof ExecaError)) return String(error);
  if (error.code === "ENOENT") return notInstalled(cwd);
  const command = `pulumi ${args.slice(0, 2).join(" ")}`;
  if (error.timedOut) return `${command} did not end within ${milliseconds / 1000} seconds`;
  const { stderr, stdout, shortMessage } = error as ExecaError<{ readonly encoding: "utf8" }>;
  return `${command} failed: ${stderr.trim() || errorsOf(stdout) || shortMessage}`;
}

const answer = z.object({ diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })) });

/** Errors that are told: a cloud that refuses is one for every resource. */
const mostErrors = 3;

/**
 * The errors in what a command with `--json` printed before it failed, where they are and nowhere else; empty when there are none. The
 * rest of it is long, and not for people.
 */
export function errorsOf(stdout: string): string {
  const { data } = answer.safeParse(parsed(stdout));
  const errors = (data?.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ message }) =>
      message
        .replace(/^error: /, "")
        .replaceAll(/\s+/g, " ")
        .trim(),
    );
  const causes = errors.filter((text) => !/^preview failed/i.test(text));
  const distinct = [...new Set(causes.length > 0 ? causes : errors)];
  const rest = distinct.length > mostErrors ? [`${distinct.length - mostErrors} more`] : [];
  return [...distinct.slice(0, mostErrors), ...rest].join("; ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
