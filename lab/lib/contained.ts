/**
 * Command line that runs `command` in mount and PID namespaces of its own. They end with this process, whatever ends
 * it, so that no mount and no process that writes on is left: `unshare` itself ignores the terminating signals while it
 * waits, hence the parent-death signal.
 */
export function contained(command: readonly string[]): [string, ...string[]] {
  return [
    ...(["setpriv", "--pdeathsig", "KILL"] as const),
    ...["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"],
    ...command,
  ];
}
