import * as openstack from "@pulumi/openstack";
import { z } from "zod";
import { serviceUrl } from "../components/catalogue";

const requestTimeout = 60_000;
/** The version from which Nova answers with the identifier of an image that it makes. */
const imageVersion = "compute 2.45";

/** Property of an image that names the server that it was made from. */
export const builderProperty = "kovhernetes_builder";
/** Property of an image that tells what it holds, in the machine's words. */
export const holdsProperty = "kovhernetes_holds";

/** Addresses of the services that an image is made by, and a token for them. */
export interface Entrance {
  readonly computeUrl: string;
  readonly imageUrl: string;
  readonly token: string;
}

/** Enters with the credentials that the provider has. */
export async function enterByProvider(): Promise<Entrance> {
  const scope = await openstack.identity.getAuthScope({ name: "golden-image", setTokenId: true });
  const url = (type: string): string => serviceUrl(scope.serviceCatalogs, type, scope.region);
  return { computeUrl: url("compute"), imageUrl: url("image"), token: scope.tokenId };
}

const server = z.object({ server: z.object({ status: z.string() }) });
const output = z.object({ output: z.string() });
const made = z.object({ image_id: z.string() });
const image = z.object({
  id: z.string(),
  status: z.string(),
  size: z.number().nullish(),
  [builderProperty]: z.string().optional(),
  [holdsProperty]: z.string().optional(),
});
const images = z.object({ images: z.array(image) });

/** An image as Glance tells it. */
export interface ImageState {
  readonly id: string;
  /** `queued`, `saving`, `active`, `killed` and others. */
  readonly status: string;
  readonly sizeBytes: number | undefined;
  /** Identifier of the server that it was made from, of an image that this program made. */
  readonly builder: string | undefined;
  /** What it holds, of an image that this program made. */
  readonly holds: string | undefined;
}

/** What making an image asks of Nova and Glance. */
export interface ImageCloud {
  /** Nova's state of a server, for instance `SHUTOFF`; `undefined` for one that it does not know. */
  status(serverId: string): Promise<string | undefined>;
  /** What is on the serial console. @throws Error where the cloud does not tell */
  console(serverId: string): Promise<string>;
  /** Has Nova make an image, and gives its identifier. */
  createImage(serverId: string, name: string, properties: Readonly<Record<string, string>>): Promise<string>;
  /** `undefined` for an image that is gone. */
  image(imageId: string): Promise<ImageState | undefined>;
  imagesNamed(name: string): Promise<readonly ImageState[]>;
}

/** Nova and Glance by their REST interfaces: no resource of the provider makes an image of a server. */
export class OpenStackImages implements ImageCloud {
  private entrance: Promise<Entrance> | undefined;

  constructor(private readonly enter: () => Promise<Entrance> = enterByProvider) {}

  async status(serverId: string): Promise<string | undefined> {
    const answer = await this.compute(`/servers/${serverId}`);
    return answer === undefined ? undefined : server.parse(answer).server.status;
  }

  async console(serverId: string): Promise<string> {
    const answer = await this.compute(`/servers/${serverId}/action`, { "os-getConsoleOutput": { length: 400 } });
    return output.safeParse(answer).data?.output ?? "";
  }

  async createImage(serverId: string, name: string, metadata: Readonly<Record<string, string>>): Promise<string> {
    const answer = await this.compute(`/servers/${serverId}/action`, { createImage: { name, metadata } });
    return made.parse(answer).image_id;
  }

  async image(imageId: string): Promise<ImageState | undefined> {
    const answer = await this.glance(`/images/${imageId}`);
    return answer === undefined ? undefined : imageState(image.parse(answer));
  }

  async imagesNamed(name: string): Promise<readonly ImageState[]> {
    const answer = await this.glance(`/images?name=${encodeURIComponent(name)}`);
    return images.parse(answer ?? { images: [] }).images.map(imageState);
  }

  private async compute(path: string, body?: object): Promise<unknown> {
    return this.ask("Nova", ({ computeUrl }) => `${computeUrl}${path}`, body);
  }

  private async glance(path: string): Promise<unknown> {
    // The catalogue gives Glance's address with its version on some clouds, and without on others.
    return this.ask("Glance", ({ imageUrl }) => `${imageUrl.replace(/\/v2$/, "")}/v2${path}`);
  }

  /** The answer of a service, `undefined` for what it does not know. @param body of a POST */
  private async ask(service: string, address: (entrance: Entrance) => string, body?: object): Promise<unknown> {
    this.entrance ??= this.enter();
    const entrance = await this.entrance;
    const answer = await fetch(address(entrance), {
      headers: {
        "X-Auth-Token": entrance.token,
        "Content-Type": "application/json",
        "OpenStack-API-Version": imageVersion,
      },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeout),
    });
    if (answer.status === 404) return undefined;
    // A token that has ended is asked for anew the next time.
    if (answer.status === 401) this.entrance = undefined;
    if (!answer.ok) throw new Error(`${service} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return answer.json();
  }
}

function imageState(read: z.output<typeof image>): ImageState {
  const { id, status, size } = read;
  return { id, status, sizeBytes: size ?? undefined, builder: read[builderProperty], holds: read[holdsProperty] };
}
