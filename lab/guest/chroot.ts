import * as path from "node:path";
import { execa } from "execa";
import { contained } from "../lib/contained.ts";

/** What {@link chrootRun} may be told beside the command. */
export interface ChrootOptions {
  /** Files and folders of this machine to be seen, read-only, at an absolute path in the root file system. */
  readonly binds?: readonly { readonly source: string; readonly target: string }[];
  readonly stdin?: string;
  /** Milliseconds after which the command is killed. Default two minutes. */
  readonly timeout?: number;
}

/** How a command in the root file system ended. */
export interface ChrootResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command in a root file system, as root, in mount and process namespaces of its own; what it writes is gone
 * afterwards, so a cached tree stays as it is. There is no network setup and no running systemd. A failing command is
 * a result, not an exception.
 * @throws Error when the command was killed, by its time-out for instance.
 */
export async function chrootRun(
  root: string,
  command: readonly [string, ...string[]],
  options: ChrootOptions = {},
): Promise<ChrootResult> {
  const binds = (options.binds ?? []).flatMap(({ source, target }) => ["--bind", source, target]);
  const script = path.join(import.meta.dirname, "chroot.sh");
  const [program, ...args] = contained([script, root, ...binds, "--", ...command]);
  const result = await execa(program, args, {
    input: options.stdin ?? "",
    timeout: options.timeout ?? 120_000,
    // unshare waits for its child whatever politer signal it gets; the child ends with it.
    killSignal: "SIGKILL",
    reject: false,
    env: {
      ...{ PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/root" },
      // systemd's tools would tell their findings to the kernel's log.
      SYSTEMD_LOG_TARGET: "console",
    },
    extendEnv: false,
  });
  if (result.exitCode === undefined) {
    throw new Error(`${command.join(" ")} in ${root} did not end by itself: ${result.shortMessage ?? "killed"}`);
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}
