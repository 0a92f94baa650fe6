import * as http from "node:http";
import type { AddressInfo } from "node:net";
import type { CatalogueService } from "../../components/cloud/catalogue";

/** What a service answers: a body with success, or a status with a body of its own. */
export type HttpAnswer = object | number | RefusedAnswer;

interface RefusedAnswer {
  readonly status: number;
  readonly body: string;
}

function isRefusal(answer: object): answer is RefusedAnswer {
  return "status" in answer && typeof answer.status === "number" && "body" in answer;
}

/** One request as a service saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Service and path with query, for instance `/network/v2.0/ports?project_id=p`. */
  readonly path: string;
  readonly token: string | undefined;
  /** Whether it came as to a proxy, with the whole address. */
  readonly byProxy: boolean;
}

const used = { used: 0 };
const networkLists = ["networks", "subnets", "routers", "ports", "floatingips", "security-groups"];

/** A project that has nothing, in a cloud that has room, by service and path without a query. */
const plain: Readonly<Record<string, HttpAnswer>> = {
  ...Object.fromEntries(networkLists.map((path) => [`/network/v2.0/${path}`, { [path.replace("-", "_")]: [] }])),
  "/compute/servers/detail": { servers: [] },
  "/compute/flavors/detail": { flavors: [{ name: "b3-9", vcpus: 2, ram: 8192, disk: 50 }] },
  "/volumev3/volumes/detail": { volumes: [] },
  "/volumev3/limits": { limits: { absolute: { totalVolumesUsed: 0, totalGigabytesUsed: 0 } } },
  "/network/v2.0/quotas/project/details.json": {
    quota: {
      network: used,
      subnet: used,
      router: used,
      port: used,
      floatingip: used,
      security_group: used,
      security_group_rule: used,
    },
  },
};

/** Any network that is asked for by its identifier. */
function sharedNetwork(path: string): HttpAnswer | undefined {
  const network = { shared: true, "router:external": true, project_id: "another", port_security_enabled: true };
  return /^\/network\/v2\.0\/networks\/[^/]+$/.test(path) ? { network } : undefined;
}

/** A small pretended cloud: services by HTTP, each below a path of its own, which answer as they are told. */
export class HttpCloud {
  readonly requests: SeenRequest[] = [];
  private readonly answers = new Map<string, HttpAnswer[]>();
  private readonly server = http.createServer((request, response) => {
    this.handle(request, response);
  });

  static async start(): Promise<HttpCloud> {
    const cloud = new HttpCloud();
    await new Promise<void>((resolve) => cloud.server.listen(0, "127.0.0.1", resolve));
    return cloud;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The services of a region, at an interface. */
  catalogue(
    types: readonly string[] = ["compute", "network", "image", "volumev3"],
    { region = "R", endpointInterface = "public" } = {},
  ): readonly CatalogueService[] {
    return types.map((type) => ({
      type,
      endpoints: [{ interface: endpointInterface, region, regionId: region, url: `${this.address}/${type}` }],
    }));
  }

  /** Has a path, with its query or without, answered so: each answer once, the last one from then on. */
  answer(path: string, ...answers: readonly HttpAnswer[]): void {
    this.answers.set(path, [...answers]);
  }

  /** Forgets what it was told and asked. */
  reset(): void {
    this.answers.clear();
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const address = request.url ?? "";
    const path = address.replace(/^http:\/\/[^/]+/, "");
    const token = request.headers["x-auth-token"];
    this.requests.push({
      method: request.method ?? "",
      path,
      token: Array.isArray(token) ? token[0] : token,
      byProxy: address !== path,
    });
    const bare = path.split("?")[0] ?? "";
    const told = this.answers.get(path) ?? this.answers.get(bare);
    const answer =
      (told !== undefined && told.length > 1 ? told.shift() : told?.[0]) ?? plain[bare] ?? sharedNetwork(bare) ?? 404;
    if (typeof answer === "number") response.writeHead(answer).end(`status ${answer}`);
    else if (isRefusal(answer)) response.writeHead(answer.status).end(answer.body);
    else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  }
}
