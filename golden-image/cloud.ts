import { z } from "zod";
import { CloudServices, enterByProvider, type Entrance } from "../components/cloud/services";

const requestTimeout = 60_000;
/** The version from which Nova answers with the identifier of an image that it makes. */
const imageVersion = "compute 2.45";

/** Property of an image that names the server that it was made from. */
export const builderProperty = "kovhernetes_builder";
/** Property of an image that tells what it holds, in the machine's words. */
export const holdsProperty = "kovhernetes_holds";

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
  /** Has Nova shut a server down. @throws Error when it refuses */
  stop(serverId: string): Promise<void>;
  /** Has Nova make an image, and gives its identifier. */
  createImage(serverId: string, name: string, properties: Readonly<Record<string, string>>): Promise<string>;
  /** `undefined` for an image that is gone. */
  image(imageId: string): Promise<ImageState | undefined>;
  imagesNamed(name: string): Promise<readonly ImageState[]>;
}

/** Nova and Glance by their REST interfaces: no resource of the provider makes an image of a server. */
export class OpenStackImages implements ImageCloud {
  private readonly cloud: CloudServices;

  constructor(enter: () => Promise<Entrance> = () => enterByProvider("golden-image")) {
    this.cloud = new CloudServices(enter, requestTimeout);
  }

  async status(serverId: string): Promise<string | undefined> {
    const answer = await this.compute(`/servers/${serverId}`);
    return answer === undefined ? undefined : server.parse(answer).server.status;
  }

  async console(serverId: string): Promise<string> {
    const answer = await this.compute(`/servers/${serverId}/action`, { "os-getConsoleOutput": { length: 400 } });
    return output.safeParse(answer).data?.output ?? "";
  }

  async stop(serverId: string): Promise<void> {
    await this.compute(`/servers/${serverId}/action`, { "os-stop": null });
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

  private compute(path: string, body?: object): Promise<unknown> {
    return this.cloud.ask("Nova", (url) => `${url("compute")}${path}`, {
      headers: { "OpenStack-API-Version": imageVersion },
      ...(body === undefined ? {} : { body }),
    });
  }

  private glance(path: string): Promise<unknown> {
    // The catalogue gives Glance's address with its version on some clouds, and without on others.
    return this.cloud.ask("Glance", (url) => `${url("image").replace(/\/v2$/, "")}/v2${path}`);
  }
}

function imageState(read: z.output<typeof image>): ImageState {
  const { id, status, size } = read;
  return { id, status, sizeBytes: size ?? undefined, builder: read[builderProperty], holds: read[holdsProperty] };
}
