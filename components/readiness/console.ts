import * as openstack from "@pulumi/openstack";

/** Lines of a console that are asked for: those of a boot, not those of the weeks after. */
const consoleLines = 400;
const requestTimeout = 20_000;

/** What a machine put on its serial console, in its own words; see `cloudinit/files/report.sh`. */
export interface MachineWords {
  /** Newest stage, for instance `kubelet is up`. */
  readonly stage: string | undefined;
  /** What keeps it from going on, oldest first, for instance `wrong checksum of …`. */
  readonly problems: readonly string[];
}

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
  };
}

interface Catalogue {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string; readonly url: string }[];
}

/**
 * Where Nova answers in a region, out of Keystone's catalogue.
 * @throws Error when there is none
 */
export function computeUrl(catalogue: readonly Catalogue[], region: string): string {
  const endpoints = catalogue
    .filter(({ type }) => type === "compute")
    .flatMap((service) => service.endpoints)
    .filter((endpoint) => endpoint.interface === "public");
  const found = endpoints.find((endpoint) => endpoint.region === region) ?? endpoints[0];
  if (found === undefined) throw new Error("the cloud's catalogue has no public compute service");
  return found.url.replace(/\/+$/, "");
}

/** Reads serial consoles of servers from the cloud, with the credentials that made them. */
export class Consoles {
  private scope: Promise<openstack.identity.GetAuthScopeResult> | undefined;

  /**
   * What a machine says.
   * @param serverId identifier in Nova
   * @throws Error when the cloud does not tell: some have no consoles, and some answer with a certificate that Node does not know
   */
  async words(serverId: string, hostName: string): Promise<MachineWords> {
    // One token for all, asked for when the first is read: a preview and an `up` that waits for nothing need none.
    this.scope ??= openstack.identity.getAuthScope({ name: "consoles", setTokenId: true });
    const { serviceCatalogs, region, tokenId } = await this.scope;
    const answer = await fetch(`${computeUrl(serviceCatalogs, region)}/servers/${serverId}/action`, {
      method: "POST",
      headers: { "X-Auth-Token": tokenId, "Content-Type": "application/json" },
      body: JSON.stringify({ "os-getConsoleOutput": { length: consoleLines } }),
      signal: AbortSignal.timeout(requestTimeout),
    });
    // A token that has ended is asked for anew the next time.
    if (answer.status === 401) this.scope = undefined;
    if (!answer.ok) throw new Error(`Nova answered ${answer.status}`);
    const { output } = (await answer.json()) as { readonly output?: unknown };
    return machineWords(typeof output === "string" ? output : "", hostName);
  }
}
