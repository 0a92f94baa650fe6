import { askServer, CloudServices, enterByProvider } from "../cloud/services";
import { serverProblem } from "./server-state";

/** Lines of a console that are asked for: those of a boot, not those of the weeks after. */
const consoleLines = 400;
const requestTimeout = 20_000;

/** What a machine put on its serial console, in its own words; see `cloudinit/files/report.sh`. */
export interface MachineWords {
  /** Newest stage, for instance `kubelet is up`. */
  readonly stage: string | undefined;
  /** What keeps it from going on, oldest first, for instance `wrong checksum of …`. */
  readonly problems: readonly string[];
  /** The last lines of all that is on the console, for one that never came to speak. */
  readonly tail: readonly string[];
}

const tailLines = 5;
const longestLine = 160;

/** The machine's own words out of all that is on its console. */
export function machineWords(text: string, hostName: string): MachineWords {
  const mark = `kovhernetes: ${hostName}: `;
  const problemMark = "problem: ";
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.includes(mark))
    .map((line) => line.slice(line.indexOf(mark) + mark.length).trim());
  const isProblem = (line: string): boolean => line.startsWith(problemMark);
  return {
    stage: lines.filter((line) => !isProblem(line)).at(-1),
    problems: [...new Set(lines.filter(isProblem).map((line) => line.slice(problemMark.length)))],
    tail: printable(text).slice(-tailLines),
  };
}

/** Lines with something to read on them, without what moves a cursor or colours a text. */
function printable(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) =>
      line

        .replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])/g, "")
        .replace(/\p{Cc}/gu, "")
        .trim()
        .slice(0, longestLine),
    )
    .filter((line) => line !== "");
}

/** Reads the states and serial consoles of servers from the cloud, with the credentials that made them. */
export class Consoles {
  private readonly cloud = new CloudServices(() => enterByProvider("consoles"), requestTimeout);

  /**
   * What a machine says, or for one that does not run, why not.
   * @param serverId identifier in Nova
   * @throws Error when the cloud does not tell: some have no consoles, and some answer with a certificate that Node does not know
   */
  async words(serverId: string, hostName: string): Promise<MachineWords> {
    const { server } = ((await askServer(this.cloud, serverId)) ?? {}) as {
      readonly server?: { readonly status?: string };
    };
    const problem = serverProblem(server?.status, hostName);
    if (problem !== undefined) return { stage: undefined, problems: [problem], tail: [] };
    const answer = await askServer(this.cloud, serverId, "/action", {
      "os-getConsoleOutput": { length: consoleLines },
    });
    const { output } = (answer ?? {}) as { readonly output?: unknown };
    return machineWords(typeof output === "string" ? output : "", hostName);
  }
}
