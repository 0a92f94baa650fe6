/** Credentials as the OpenStack command-line tools name them. */
export type Environment = Readonly<Record<string, string>>;

/** Types of the services in the catalogue. */
export type ServiceType = "identity" | "image" | "compute" | "network" | "volumev3" | "placement";

interface Token {
  readonly id: string;
  readonly projectId: string;
  readonly endpoints: ReadonlyMap<string, string>;
}

interface TokenAnswer {
  readonly token: {
    readonly project: { readonly id: string };
    readonly catalog: readonly {
      readonly type: string;
      readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
    }[];
  };
}

/** One call; `json` is a body to be sent as JSON, `body` one to be sent as it is. */
export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly json?: unknown;
  readonly body?: ReadableStream;
  readonly contentType?: string;
  /** Version of the interface to speak, for instance `compute 2.79`; the oldest by default. */
  readonly version?: string;
  /** In seconds; 60 by default. */
  readonly timeout?: number;
}

/** An OpenStack service's refusal, with its status and its own words. */
export class CloudError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A minimal client for OpenStack's REST interfaces: what the lab needs to make its cloud ready, without Python. */
export class CloudClient {
  readonly #environment: Environment;
  #token: Token | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Identifier of the project that the credentials are for. */
  async projectId(): Promise<string> {
    return (await this.#authenticate()).projectId;
  }

  /**
   * Calls a service and gives the decoded answer, `undefined` when it is empty.
   * @param path below the service's endpoint in the catalogue, version included where the endpoint has none
   * @throws CloudError when the service refuses.
   */
  async call<Answer = unknown>(service: ServiceType, path: string, call: Call = {}): Promise<Answer> {
    const token = await this.#authenticate();
    const endpoint = service === "identity" ? this.#authUrl() : token.endpoints.get(service);
    if (endpoint === undefined) throw new Error(`the cloud's catalogue has no ${service} service`);
    const response = await send(`${endpoint}${path}`, call, { "X-Auth-Token": token.id });
    return response.text === "" ? (undefined as Answer) : (JSON.parse(response.text) as Answer);
  }

  /** Forgets the token, so that the next call takes a new one. */
  forget(): void {
    this.#token = undefined;
  }

  async #authenticate(): Promise<Token> {
    if (this.#token !== undefined) return this.#token;
    const get = (name: string): string => this.#environment[name] ?? "";
    const json = {
      auth: {
        identity: {
          methods: ["password"],
          password: {
            user: {
              name: get("OS_USERNAME"),
              domain: { name: get("OS_USER_DOMAIN_NAME") },
              password: get("OS_PASSWORD"),
            },
          },
        },
        scope: { project: { name: get("OS_PROJECT_NAME"), domain: { name: get("OS_PROJECT_DOMAIN_NAME") } } },
      },
    };
    const response = await send(`${this.#authUrl()}/auth/tokens`, { method: "POST", json }, {});
    const { token } = JSON.parse(response.text) as TokenAnswer;
    const endpoints = new Map<string, string>();
    for (const { type, endpoints: offers } of token.catalog) {
      const offer = offers.find((candidate) => candidate.interface === "public");
      if (offer !== undefined) endpoints.set(type, offer.url);
    }
    this.#token = { id: response.headers.get("x-subject-token") ?? "", projectId: token.project.id, endpoints };
    return this.#token;
  }

  #authUrl(): string {
    return this.#environment["OS_AUTH_URL"] ?? "";
  }
}

async function send(
  url: string,
  call: Call,
  headers: Record<string, string>,
): Promise<{ text: string; headers: Headers }> {
  const response = await fetch(url, {
    method: call.method ?? "GET",
    headers: {
      ...headers,
      "Content-Type": call.contentType ?? "application/json",
      ...(call.version === undefined ? {} : { "OpenStack-API-Version": call.version }),
    },
    signal: AbortSignal.timeout((call.timeout ?? 60) * 1000),
    ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
    ...(call.body === undefined ? {} : { body: call.body, duplex: "half" as const }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new CloudError(response.status, `${call.method ?? "GET"} ${url}: ${response.status} ${text.slice(0, 400)}`);
  }
  return { text, headers: response.headers };
}
