import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import type { Environment } from "./client.ts";

/** What becomes of a request that a fault is about. */
export type Outcome =
  /** It does not reach the cloud: this is the answer. */
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The cloud does what it is asked for, and the caller is told this instead, as by a gateway that waited too long. */
  | { readonly kind: "answerLost"; readonly status: number }
  /** The cloud does what it is asked for, and the connection breaks before the caller hears of it. */
  | { readonly kind: "connectionLost" }
  /** It does not reach the cloud before the fault is taken away; until then there is silence. */
  | { readonly kind: "held" };

/** Which requests fail, and how. */
export interface Fault {
  readonly method: string;
  /** On the path of the service, version included, for instance `/v2.0/ports`. */
  readonly path: RegExp;
  /** On the body of the request; every one by default. */
  readonly body?: RegExp;
  /** How many requests it is about; all by default. */
  readonly times?: number;
  readonly outcome: Outcome;
}

interface LiveFault extends Fault {
  met: number;
  tell: () => void;
}

/** A fault that is in effect. */
export interface PutFault {
  /** Settled once the first request has met it: where the cloud was to do what it says, when that is done. */
  readonly met: Promise<void>;
  /** How many requests it was about until now. */
  count(): number;
}

/**
 * Stands between a client and a real cloud, and fails as it is told. The ports of the cloud's services are the first part of its own paths, and
 * every address of the cloud in an answer, those of Keystone's catalogue first of all, is turned into one of its own.
 */
export class FaultyCloud {
  private faults: LiveFault[] = [];
  private readonly held: (() => void)[] = [];
  private limiter: Limiter | undefined;
  private underWay = 0;

  private readonly server: http.Server;
  private readonly real: Environment;

  private constructor(server: http.Server, real: Environment) {
    this.server = server;
    this.real = real;
  }

  /** @param environment `OS_*` variables of the real cloud */
  static async start(environment: Environment): Promise<FaultyCloud> {
    const server = http.createServer();
    const cloud = new FaultyCloud(server, environment);
    server.on("request", (request, response) => {
      cloud.handle(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return cloud;
  }

  /** The variables of the real cloud, with this one in its place. */
  get environment(): Environment {
    const { port, pathname } = new URL(this.real["OS_AUTH_URL"] ?? "");
    return { ...this.real, OS_AUTH_URL: `${this.address()}/${port}${pathname}` };
  }

  put(fault: Fault): PutFault {
    const live: LiveFault = { ...fault, met: 0, tell: () => undefined };
    this.faults.push(live);
    const met = new Promise<void>((resolve) => {
      live.tell = resolve;
    });
    return { met, count: () => live.met };
  }

  /**
   * Answers 429 from now on to what comes faster, and tells it to come again after a second, as clouds do that limit a project's requests.
   * @param perSecond requests, which may come at once
   */
  limit(perSecond: number): Pick<PutFault, "count"> {
    const limiter = new Limiter(perSecond);
    this.limiter = limiter;
    return { count: () => limiter.refused };
  }

  /** Takes all faults and the limit away, and lets requests through that were held. */
  heal(): void {
    this.faults = [];
    this.limiter = undefined;
    for (const letThrough of this.held.splice(0)) letThrough();
  }

  /** Waits until the cloud has answered everything that came this far, whether anybody still listens or not. */
  async settle(): Promise<void> {
    while (this.underWay > 0) await delay(100);
  }

  async stop(): Promise<void> {
    this.heal();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [, port = "", path = ""] = /^\/(\d+)(\/.*)$/.exec(request.url ?? "") ?? [];
    const body = await buffer(request);
    if (this.limiter?.allows() === false) {
      refuse(response, 429, { "retry-after": "1" });
      return;
    }
    const fault = this.faults.find(
      (one) =>
        one.method === request.method &&
        one.path.test(path.split("?")[0] ?? "") &&
        (one.body?.test(body.toString("utf8")) ?? true) &&
        one.met < (one.times ?? Infinity),
    );
    if (fault !== undefined) fault.met += 1;
    const outcome = fault?.outcome;
    if (outcome?.kind === "answer") {
      refuse(response, outcome.status, outcome.headers);
    } else {
      if (outcome?.kind === "held") {
        fault?.tell();
        await new Promise<void>((resolve) => this.held.push(resolve));
      }
      const answer = await this.forward(request, port, path, body);
      if (outcome?.kind === "answerLost") refuse(response, outcome.status);
      else if (outcome?.kind === "connectionLost") response.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    }
    fault?.tell();
  }

  /** Asks the cloud; gives its answer with addresses that lead here. */
  private async forward(request: http.IncomingMessage, port: string, path: string, body: Buffer) {
    const { hostname } = new URL(this.real["OS_AUTH_URL"] ?? "");
    const { host: _, connection: __, ...headers } = request.headers;
    this.underWay += 1;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .request({ hostname, port, path, method: request.method, headers, agent: false }, resolve)
        .on("error", reject)
        .end(body);
    }).finally(() => {
      this.underWay -= 1;
    });
    const here = (text: string): string => text.replaceAll(`http://${hostname}:`, `${this.address()}/`);
    const isText = /json|text/.test(answer.headers["content-type"] ?? "");
    const content = await buffer(answer);
    const shown = isText ? Buffer.from(here(content.toString("utf8"))) : content;
    const { location, connection: ___, "transfer-encoding": ____, ...kept } = answer.headers;
    return {
      status: answer.statusCode ?? 502,
      headers: {
        ...kept,
        ...(location === undefined ? {} : { location: here(location) }),
        ...(answer.statusCode === 204 ? {} : { "content-length": String(shown.length) }),
      },
      body: shown,
    };
  }
}

/** Lets a number of requests through in each second, counted from the last ones. */
class Limiter {
  refused = 0;
  private readonly perSecond: number;
  private left: number;
  private last = performance.now();

  constructor(perSecond: number) {
    this.perSecond = perSecond;
    this.left = perSecond;
  }

  allows(): boolean {
    const now = performance.now();
    this.left = Math.min(this.perSecond, this.left + ((now - this.last) / 1000) * this.perSecond);
    this.last = now;
    if (this.left < 1) {
      this.refused += 1;
      return false;
    }
    this.left -= 1;
    return true;
  }
}

function refuse(response: http.ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const message = `${http.STATUS_CODES[status] ?? "refused"}, says the test`;
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify({ message }));
}
