import * as openstack from "@pulumi/openstack";
import { serviceUrl } from "../catalogue";
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
  private scope: Promise<openstack.identity.GetAuthScopeResult> | undefined;

  /**
   * What a machine says, or for one that does not run, why not.
   * @param serverId identifier in Nova
   * @throws Error when the cloud does not tell: some have no consoles, and some answer with a certificate that Node does not know
   */
  async words(serverId: string, hostName: string): Promise<MachineWords> {
    // One token for all, asked for when the first is read: a preview and an `up` that waits for nothing need none.
    this.scope ??= openstack.identity.getAuthScope({ name: "consoles", setTokenId: true });
    const { serviceCatalogs, region, tokenId } = await this.scope;
    const url = `${serviceUrl(serviceCatalogs, "compute", region)}/servers/${serverId}`;
    const server = await this.ask(url, tokenId);
    const { status } = (server as { readonly server?: { readonly status?: string } } | undefined)?.server ?? {};
    const problem = serverProblem(status, hostName);
    if (problem !== undefined) return { stage: undefined, problems: [problem], tail: [] };
    const body = { "os-getConsoleOutput": { length: consoleLines } };
    const { output } = ((await this.ask(`${url}/action`, tokenId, body)) ?? {}) as { readonly output?: unknown };
    return machineWords(typeof output === "string" ? output : "", hostName);
  }

  /** Nova's answer, `undefined` for what it does not know. @param body of a POST */
  private async ask(url: string, token: string, body?: object): Promise<unknown> {
    const answer = await fetch(url, {
      headers: { "X-Auth-Token": token, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeout),
    });
    if (answer.status === 404) return undefined;
    // A token that has ended is asked for anew the next time.
    if (answer.status === 401) this.scope = undefined;
    if (!answer.ok) throw new Error(`Nova answered ${answer.status}`);
    return answer.json();
  }
}
