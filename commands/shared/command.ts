import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import type { StackLocation } from "./pulumi.ts";
import type { Access } from "./remote.ts";

/** Options of every command that reads a stack. */
const stackOptions = {
  stack: { type: "string" },
  cwd: { type: "string" },
  "config-file": { type: "string" },
  help: { type: "boolean", default: false },
} as const satisfies ParseArgsOptionsConfig;

/** Option of commands that log in to machines. */
export const sshOptions = {
  "ssh-option": { type: "string", multiple: true, default: [] as string[] },
} as const satisfies ParseArgsOptionsConfig;

/** Their part of a usage text. */
export const stackUsage = `  --stack NAME            the Pulumi stack; its backend, passphrase and cloud are those of \`pulumi\` here
  --cwd FOLDER            where the project's and the stack's files are; here by default
  --config-file FILE      the stack's configuration where it is not Pulumi.NAME.yaml there`;
export const sshUsage = `  --ssh-option=OPTION     for ssh, for instance --ssh-option=-iKEYFILE or --ssh-option=-oProxyJump=bastion`;

/** How machines are reached with these options: a machine's key is taken down when it is seen first, and insisted on afterwards. */
export function accessOf(values: { readonly "ssh-option": readonly string[] }): Access {
  return { sshOptions: [...values["ssh-option"], "-oStrictHostKeyChecking=accept-new"] };
}

type Options = ParseArgsOptionsConfig;
type Values<Own extends Options> = ReturnType<typeof parseArgs<{ options: Own; allowNegative: true }>>["values"];

/**
 * Runs a command on a stack: reads the options, and ends with the exit code that `run` gives, or with 2 and the reason on the error
 * output when it throws.
 */
export async function runCommand<Own extends Options>(
  usage: string,
  own: Own,
  run: (location: StackLocation, values: Values<Own>) => Promise<number>,
): Promise<void> {
  try {
    const values = readOptions(own);
    const { stack, cwd = process.cwd(), help, "config-file": configFile } = values as Values<typeof stackOptions>;
    if (help) console.log(usage);
    else if (stack === undefined) throw new UsageError("--stack is not given");
    else process.exitCode = await run({ stack, cwd, configFile }, values);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(error instanceof UsageError ? `${message}\n\n${usage}` : message);
    process.exitCode = 2;
  }
}

class UsageError extends Error {}

/** @throws UsageError for an option that there is not. */
function readOptions<Own extends Options>(own: Own): Values<Own> {
  const options: Options = { ...stackOptions, ...own };
  try {
    return parseArgs({ options, allowNegative: true }).values as Values<Own>;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Says on the error output what is being done, so that standard output holds the answer alone. */
export function report(line: string): void {
  console.error(line);
}
