import * as openstack from "@pulumi/openstack";
import { servicesOf, serviceUrl, type Services } from "./catalogue";
import { CloudError, hasStatus } from "./cloud-error";
import { request } from "./transport";
import { providerWay, type Trust } from "./way";

/** Where services answer, and a token for them. */
export interface Entrance {
  /** Address of a service of the catalogue, by its type, without a slash at its end. @throws MissingService when there is none */
  readonly url: (type: string) => string;
  readonly token: string;
  /** How their certificates are checked; by the system's authorities where it is absent. */
  readonly trust?: Trust;
}

/** An entrance with what Keystone tells of whoever enters. */
export interface ProjectEntrance extends Entrance {
  readonly projectId: string;
  /** Names of the roles that the user has in the project. */
  readonly roles: readonly string[];
  readonly services: Services;
}

/** How a question is put. */
export interface Question {
  /** Body of a POST; without it the question is a GET. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Enters with the credentials that the provider has. @param name of whoever asks, for the engine's log */
export async function enterByProvider(name: string): Promise<ProjectEntrance> {
  const scope = await openstack.identity.getAuthScope({ name, setTokenId: true });
  const { trust, ...way } = providerWay();
  const choice = { ...way, region: scope.region };
  return {
    url: (type) => serviceUrl(scope.serviceCatalogs, type, choice),
    token: scope.tokenId,
    trust,
    projectId: scope.projectId,
    roles: scope.roles.map(({ roleName }) => roleName),
    services: servicesOf(scope.serviceCatalogs, choice),
  };
}

/** Longest of a service's own words that is kept. */
const longestWords = 300;

/** Asks the cloud's services what no resource or data source of the provider tells: the one way by which the program does so. */
export class CloudServices<E extends Entrance = Entrance> {
  private entrance: Promise<E> | undefined;

  /** @param timeout of one question, milliseconds */
  constructor(
    private readonly enter: () => Promise<E>,
    private readonly timeout: number,
  ) {}

  /** One entrance for all, from the first question on; one that failed is not remembered. */
  entered(): Promise<E> {
    this.entrance ??= this.enter().catch((error: unknown) => {
      this.entrance = undefined;
      throw error;
    });
    return this.entrance;
  }

  /**
   * The answer of a service, `null` for one without a word.
   * @param address out of where the services are
   * @throws CloudError with the status and the service's own words when it refuses
   */
  async get(service: string, address: (url: Entrance["url"]) => string, question: Question = {}): Promise<unknown> {
    const wasEntered = this.entrance !== undefined;
    try {
      return await this.put(service, address, question);
    } catch (error) {
      if (!hasStatus(error, 401)) throw error;
      // A token that has ended: another one is asked for, unless this was new.
      this.entrance = undefined;
      if (!wasEntered) throw error;
      return this.put(service, address, question);
    }
  }

  /** The same, and `undefined` for what the service does not know. */
  async ask(service: string, address: (url: Entrance["url"]) => string, question: Question = {}): Promise<unknown> {
    try {
      return await this.get(service, address, question);
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  private async put(
    service: string,
    address: (url: Entrance["url"]) => string,
    { body, headers = {} }: Question,
  ): Promise<unknown> {
    const { url, token, trust = { insecure: false } } = await this.entered();
    const answer = await request(
      address(url),
      {
        headers: { "X-Auth-Token": token, "Content-Type": "application/json", ...headers },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.timeout),
      },
      trust,
    );
    const text = await answer.text();
    if (!answer.ok) throw new CloudError(service, answer.status, text.slice(0, longestWords));
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
