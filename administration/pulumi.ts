import { execa, ExecaError } from "execa";

/** A stack, and where the Pulumi CLI finds its project. */
export interface StackLocation {
  readonly stack: string;
  /** Folder of `Pulumi.yaml`. */
  readonly cwd: string;
  /** The stack's configuration where it is not `Pulumi.STACK.yaml` in that folder. */
  readonly configFile?: string | undefined;
}

/** Commands that read the stack's configuration, and so may be told where it is. */
const configurable = new Set(["config", "preview"]);

/**
 * Runs the Pulumi CLI on a stack, without selecting it: which stack the user has selected is the user's business.
 * @param milliseconds how long it may take
 * @returns what it printed
 * @throws Error with Pulumi's own words, or that it is not installed
 */
export async function pulumi(
  { stack, cwd, configFile }: StackLocation,
  args: readonly string[],
  milliseconds = 120_000,
): Promise<string> {
  const config = configFile === undefined || !configurable.has(args[0] ?? "") ? [] : ["--config-file", configFile];
  const all = [...args, "--stack", stack, ...config, "--non-interactive"];
  try {
    const { stdout } = await execa("pulumi", all, {
      cwd,
      stdin: "ignore",
      timeout: milliseconds,
      // As if interrupted by the user, so that the engine ends its providers.
      killSignal: "SIGINT",
      maxBuffer: 1024 ** 3,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return stdout;
  } catch (error) {
    throw new Error(failureText(args, cwd, error, milliseconds), { cause: error });
  }
}

function failureText(args: readonly string[], cwd: string, error: unknown, milliseconds: number): string {
  if (!(error instanceof ExecaError)) return String(error);
  if (error.code === "ENOENT") {
    return `pulumi cannot be started: it must be in PATH (https://www.pulumi.com/docs/install/), and ${cwd} must be a folder`;
  }
  const command = `pulumi ${args.slice(0, 2).join(" ")}`;
  if (error.timedOut) return `${command} did not end within ${milliseconds / 1000} seconds`;
  const { stderr, stdout, shortMessage } = error as ExecaError<{ readonly encoding: "utf8" }>;
  return `${command} failed: ${stderr.trim() || stdout.trim() || shortMessage}`;
}
