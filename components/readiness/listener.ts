import { reasonOf } from "./cluster-client";
import { Consoles, type MachineWords } from "./console";
import type { StuckMachine } from "./stages";

/** Time between two looks at a console, milliseconds. */
const consoleInterval = 10_000;
/** Consoles that are looked at together; with more machines, those of the first that are not Ready. */
const mostConsoles = 10;

/** Where a listener tells what it hears. */
export interface ListenerArgs {
  readonly report: (line: string) => void;
  /** Receives what keeps a machine from going on, one line, once. */
  readonly warn: (line: string) => void;
}

/** Adds to machines what they say on their consoles, and warns of what keeps one from going on. */
export function listener(args: ListenerArgs): (machines: readonly StuckMachine[]) => Promise<readonly StuckMachine[]> {
  const consoles = new Consoles();
  const heard = new Map<string, MachineWords>();
  const warned = new Set<string>();
  let next = 0;
  let unreadable = false;
  const listen = async ({ machine }: StuckMachine): Promise<void> => {
    const words = await consoles.words(machine.serverId, machine.hostName);
    heard.set(machine.hostName, words);
    const lines = words.problems.map((problem) => `${machine.hostName}: ${problem}`);
    lines.filter((line) => !warned.has(line)).forEach(args.warn);
    lines.forEach((line) => warned.add(line));
  };
  return async (machines) => {
    if (!unreadable && Date.now() >= next) {
      next = Date.now() + consoleInterval;
      try {
        await Promise.all(machines.slice(0, mostConsoles).map(listen));
      } catch (error) {
        unreadable = true;
        args.report(`consoles cannot be read (${reasonOf(error)}); look with: openstack console log show NAME`);
      }
    }
    return machines.map((machine) => ({ ...machine, words: heard.get(machine.machine.hostName) }));
  };
}
