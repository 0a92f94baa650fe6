import * as openstack from "@pulumi/openstack";
import { serviceUrl } from "./catalogue";

/** Where services answer, and a token for them. */
export interface Entrance {
  /** Address of a service of the catalogue, by its type, without a slash at its end. @throws Error when there is none */
  readonly url: (type: string) => string;
  readonly token: string;
}

/** How a question is put. */
export interface Question {
  /** Body of a POST; without it the question is a GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Enters with the credentials that the provider has. @param name of whoever asks, for the engine's log */
export async function enterByProvider(name: string): Promise<Entrance> {
  const { serviceCatalogs, region, tokenId } = await openstack.identity.getAuthScope({ name, setTokenId: true });
  return { url: (type) => serviceUrl(serviceCatalogs, type, region), token: tokenId };
}

/** Asks the cloud's services what no resource or data source of the provider tells. */
export class CloudServices {
  private entrance: Promise<Entrance> | undefined;

  /** @param timeout of one question, milliseconds */
  constructor(
    private readonly enter: () => Promise<Entrance>,
    private readonly timeout: number,
  ) {}

  /**
   * The answer of a service, `undefined` for what it does not know, `null` for one without a word.
   * @param address out of where the services are
   * @throws Error with the status and the service's own words when it refuses
   */
  async ask(
    service: string,
    address: (url: Entrance["url"]) => string,
    { body, headers = {} }: Question = {},
  ): Promise<unknown> {
    // One token for all, asked for with the first question: a preview and an `up` that ask nothing need none.
    this.entrance ??= this.enter();
    const { url, token } = await this.entrance;
    const answer = await fetch(address(url), {
      headers: { "X-Auth-Token": token, "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(this.timeout),
    });
    if (answer.status === 404) return undefined;
    // A token that has ended is asked for anew the next time.
    if (answer.status === 401) this.entrance = undefined;
    if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    const text = await answer.text();
    return text === "" ? null : JSON.parse(text);
  }
}

/**
 * Asks Nova of one server.
 * @param path below the server's own, for instance `/action`
 * @param body of a POST
 */
export function askServer(
  cloud: Pick<CloudServices, "ask">,
  serverId: string,
  path = "",
  body?: object,
): Promise<unknown> {
  return cloud.ask("Nova", (url) => `${url("compute")}/servers/${serverId}${path}`, body === undefined ? {} : { body });
}
