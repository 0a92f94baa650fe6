import { setTimeout } from "node:timers/promises";
import { builderProperty, holdsProperty, type ImageState } from "./cloud";
import { waitUntilPrepared } from "./preparation";
import { ImageFailure, interval, messageOf, patiently, type Waiting } from "./waiting";

export interface MakeImageArgs extends Waiting {
  readonly imageName: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** An image that can be used. */
export interface PreparedImage {
  readonly id: string;
  readonly name: string;
  /** In the machine's own words: what it holds, and how long that took. */
  readonly holds: string;
  readonly sizeMiB: number | undefined;
  /** Seconds that the cloud took to store it. */
  readonly storedInSeconds: number | undefined;
}

/**
 * Waits until a machine is prepared, shuts it down, has Nova make an image of it and waits until Glance has it. An image that was made of the same
 * server before is used, so that an update which was interrupted goes on.
 * @throws ImageFailure saying what keeps it from being made, and what to do
 */
export async function makeImage(args: MakeImageArgs): Promise<PreparedImage> {
  const { cloud, serverId, imageName, tell } = args;
  const named = await patiently(args, () => cloud.imagesNamed(imageName));
  const earlier = named.find(({ builder }) => builder === serverId);
  const holds = earlier === undefined ? await waitUntilPrepared(args) : (earlier.holds ?? "");
  const clock = args.clock ?? Date.now;
  const began = clock();
  const id = earlier?.id ?? (await create(args, holds));
  if (earlier === undefined) tell(`the cloud stores the image ${imageName} (${id})`);
  const image = await waitUntilStored(args, id);
  const seconds = earlier === undefined ? Math.round((clock() - began) / 1000) : undefined;
  const sizeMiB = image.sizeBytes === undefined ? undefined : Math.round(image.sizeBytes / 2 ** 20);
  tell(`the image ${imageName} is there${sizeMiB === undefined ? "" : `, ${sizeMiB} MiB`}`);
  return { id, name: imageName, holds, sizeMiB, storedInSeconds: seconds };
}

/** Has Nova make the image, once: a second request could make a second one. */
async function create({ cloud, serverId, imageName, properties }: MakeImageArgs, holds: string): Promise<string> {
  const all = { ...properties, [builderProperty]: serverId, [holdsProperty]: holds };
  try {
    return await cloud.createImage(serverId, imageName, all);
  } catch (error) {
    throw new ImageFailure(
      `The cloud makes no image of the prepared machine: ${messageOf(error)}. Run \`pulumi up\` again once that is mended; the machine stays as it is.`,
    );
  }
}

async function waitUntilStored(args: MakeImageArgs, id: string): Promise<ImageState> {
  const { cloud, imageName, timeoutMinutes, tell, delay = setTimeout, clock = Date.now } = args;
  const deadline = clock() + timeoutMinutes * 60_000;
  for (;;) {
    const image = await patiently(args, () => cloud.image(id));
    if (image?.status === "active") return image;
    if (image === undefined || ["killed", "deleted", "pending_delete", "deactivated"].includes(image.status)) {
      const state = image === undefined ? "is gone" : `is ${image.status}`;
      throw new ImageFailure(
        `The image ${imageName} (${id}) ${state}: the cloud could not store it. \`openstack server event list\` of the machine may tell why, ` +
          "for instance a quota for images. Delete the image if it is there, and run `pulumi up` again.",
      );
    }
    tell(`the image ${imageName} is ${image.status}`);
    if (clock() > deadline) {
      throw new ImageFailure(
        `The cloud did not store the image ${imageName} (${id}) within ${timeoutMinutes} minutes (timeoutMinutes); it is ${image.status}. ` +
          "Run `pulumi up` again to go on waiting.",
      );
    }
    await delay(interval);
  }
}
