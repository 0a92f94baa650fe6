import { execa } from "execa";
import type { Machine } from "./machine.ts";

/** How machines are reached. */
export interface Access {
  /** Options for `ssh`, for instance `["-i", "key"]`. */
  readonly sshOptions: readonly string[];
}

/** A word for a shell that stands for exactly this text. */
export function word(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A call of a shell function. */
export function call(name: string, ...args: readonly string[]): string {
  return [name, ...args.map(word)].join(" ");
}

/**
 * Runs a shell script on a machine, as root, over SSH. The script goes in by standard input: nothing of it is seen in a list of processes.
 * @param milliseconds how long it may take; without limit when absent
 * @returns what the script printed
 * @throws Error when the machine cannot be reached, with ssh's own words, or the script failed
 */
export async function runAsRoot(
  machine: Pick<Machine, "name" | "ssh">,
  script: string,
  { sshOptions }: Access,
  milliseconds?: number,
): Promise<string> {
  const [, target = ""] = /^ssh (\S+)$/.exec(machine.ssh) ?? [];
  // Of an option that is given twice, ssh takes the first.
  const options = [...sshOptions, "-o", "BatchMode=yes", "-o", "ConnectTimeout=30"];
  const result = await execa("ssh", [...options, target, "sudo sh -s"], {
    input: script,
    reject: false,
    ...(milliseconds === undefined ? {} : { timeout: milliseconds }),
  });
  if (result.exitCode === 0) return result.stdout;
  const end = result.timedOut
    ? `did not end within ${(milliseconds ?? 0) / 1000} seconds`
    : // ssh warns of many things before it says why.
      `ended with ${result.exitCode ?? result.code ?? "nothing"}: ${result.stderr.trim().split("\n").pop() ?? ""}`;
  throw new Error(
    `${machine.name} cannot be asked: ${machine.ssh} ${end}. ` +
      "Give options for ssh with --ssh-option, for instance --ssh-option=-iKEYFILE.",
  );
}
