import { setTimeout } from "node:timers/promises";
import { preparedWords } from "../cloudinit/golden-image";
import { machineWords } from "../components/readiness/console";
import { builderProperty, holdsProperty, type ImageCloud, type ImageState } from "./cloud";

/** Time between two looks, milliseconds. */
const interval = 5_000;

export interface MakeImageArgs {
  readonly cloud: ImageCloud;
  readonly serverId: string;
  /** Name by which the machine speaks on its console. */
  readonly hostName: string;
  readonly imageName: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly timeoutMinutes: number;
  /** Tells where it all is. A line that was told last is not repeated. */
  readonly tell: (text: string) => void;
  /** Receives what keeps the machine from going on, one line, once. */
  readonly warn: (text: string) => void;
  readonly delay?: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds. */
  readonly clock?: () => number;
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

/** Why no image was made, with what to do next; a text for users. */
export class ImageFailure extends Error {}

/**
 * Waits until a machine is prepared and off, has Nova make an image of it and waits until Glance has it. An image that was made of the same
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

/** What a look at the machine says: it is to be waited for, it is prepared, or it never will be. */
export type Judgement =
  | { readonly kind: "waiting"; readonly text: string }
  | { readonly kind: "prepared"; readonly holds: string }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Judges a machine by Nova's state of its server and by its newest words.
 * @param status Nova's, `undefined` when it knows no such server
 * @param stage what the machine said last on its console, as far as that could be read
 */
export function judgeBuilder(status: string | undefined, stage: string | undefined): Judgement {
  if (status === undefined) return { kind: "failed", reason: "its server is gone from the cloud" };
  if (status === "ERROR") return { kind: "failed", reason: "the cloud has its server in state ERROR" };
  const isPrepared = stage?.startsWith(preparedWords) ?? false;
  if (status === "SHUTOFF") {
    return isPrepared && stage !== undefined
      ? { kind: "prepared", holds: stage.slice(preparedWords.length).trim() }
      : { kind: "failed", reason: "it was powered off before it said that it is prepared" };
  }
  if (status === "ACTIVE" || status === "BUILD") {
    return { kind: "waiting", text: stage ?? (status === "ACTIVE" ? "it boots" : "the cloud makes its server") };
  }
  return { kind: "failed", reason: `its server is ${status}` };
}

async function waitUntilPrepared(args: MakeImageArgs): Promise<string> {
  const { cloud, serverId, hostName, timeoutMinutes, tell, warn, delay = setTimeout, clock = Date.now } = args;
  const deadline = clock() + timeoutMinutes * 60_000;
  const warned = new Set<string>();
  let stage: string | undefined;
  let tail: readonly string[] = [];
  let isUnreadable = false;
  for (;;) {
    // The state first: what a machine that is off said is on the console by then.
    const status = await patiently(args, () => cloud.status(serverId));
    if (status !== undefined) {
      try {
        const words = machineWords(await cloud.console(serverId), hostName);
        stage = words.stage ?? stage;
        tail = words.tail;
        words.problems
          .filter((problem) => !warned.has(problem))
          .forEach((problem) => {
            warned.add(problem);
            warn(`${hostName}: ${problem}`);
          });
      } catch (error) {
        if (!isUnreadable)
          warn(`its console cannot be read (${messageOf(error)}); look with: openstack console log show ${hostName}`);
        isUnreadable = true;
      }
    }
    const judgement = judgeBuilder(status, stage);
    if (judgement.kind === "prepared") return judgement.holds;
    const said = [
      ...(stage === undefined ? [] : [`  it said last: ${stage}`]),
      ...[...warned].map((one) => `  it cannot go on: ${one}`),
    ];
    if (judgement.kind === "failed")
      throw failure(`${hostName} did not become an image: ${judgement.reason}.`, said, tail);
    tell(`${hostName}: ${judgement.text}`);
    if (clock() > deadline) {
      throw failure(`${hostName} was not prepared within ${timeoutMinutes} minutes (timeoutMinutes).`, said, tail);
    }
    await delay(interval);
  }
}

function failure(what: string, said: readonly string[], tail: readonly string[]): ImageFailure {
  const end = said.length > 0 || tail.length === 0 ? [] : ["  its console ends:", ...tail.map((line) => `    ${line}`)];
  return new ImageFailure(
    [
      what,
      ...said,
      ...end,
      "No image was made. Remove the machine with `pulumi destroy`, mend what is wrong, and run `pulumi up` again.",
    ].join("\n"),
  );
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

/** Asks again where a service did not answer, a few times. */
async function patiently<T>(
  { delay = setTimeout, tell }: Pick<MakeImageArgs, "delay" | "tell">,
  question: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await question();
    } catch (error) {
      if (attempt === 6)
        throw new ImageFailure(`The cloud does not answer: ${messageOf(error)}. Run \`pulumi up\` again to go on.`);
      tell(`the cloud did not answer (${messageOf(error)}), asking again`);
      await delay(interval);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
