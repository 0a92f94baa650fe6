import * as pulumi from "@pulumi/pulumi";
import { downloadWarnings } from "../components/checks/downloads";
import { ConfigurationError } from "../components/model/problems";
import { rawValues } from "../components/config/stack-file";
import { reasonOf } from "../components/readiness/cluster-client";
import { images, releaseFiles } from "../components/plan/releases";
import { readState, resourcesInState } from "../components/recorded/state";
import { Builder } from "./builder";
import { OpenStackImages } from "./cloud";
import { makeImage, type PreparedImage } from "./image";
import { validateImageSettings, type ImageSettings } from "./settings";
import { ImageFailure } from "./waiting";

/** Stack outputs: the image and what it holds; see docs/golden-image.md. */
export = async () => {
  const settings = loadSettings();
  const hostName = builderName(pulumi.getStack());
  const cloud = new OpenStackImages();
  await refuseTakenName(cloud, settings);
  const builder = new Builder("builder", { settings, hostName });
  const image = builder.serverId.apply(async (serverId): Promise<PreparedImage | undefined> =>
    pulumi.runtime.isDryRun() ? undefined : make(cloud, settings, { serverId, hostName, builder }),
  );
  return {
    image: settings.imageName,
    imageId: image.apply((made) => made?.id),
    base: settings.baseImage,
    releaseFiles: releaseFiles(settings, "master").map(({ name, version }) => `${name} ${version}`),
    containerImages: Object.values(images(settings)) as string[],
    prepared: image.apply((made) => made?.holds),
    sizeMiB: image.apply((made) => made?.sizeMiB),
    storedInSeconds: image.apply((made) => made?.storedInSeconds),
  };
};

function loadSettings(): ImageSettings {
  const { raw, secretKeys, misplaced } = rawValues(new pulumi.Config());
  const result = validateImageSettings(raw, secretKeys);
  if ("problems" in result) throw new ConfigurationError([...result.problems, ...misplaced]);
  if (misplaced.length > 0) throw new ConfigurationError(misplaced);
  downloadWarnings(result.settings).forEach((warning) => void pulumi.log.warn(warning));
  return result.settings;
}

/** A DNS label out of the name of the stack. */
function builderName(stack: string): string {
  const part = stack.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `kovhernetes-image-${part}`.slice(0, 63).replace(/-+$/, "");
}

/** Machines are made from images by name, and the provider refuses to choose between two of one name. */
async function refuseTakenName(cloud: OpenStackImages, { imageName }: ImageSettings): Promise<void> {
  const named = await cloud.imagesNamed(imageName).catch((error: unknown) => {
    throw new pulumi.RunError(
      `The cloud does not tell its images: ${reasonOf(error)}\nCheck OS_AUTH_URL and the other credentials. Nothing was created or changed.`,
    );
  });
  if (named.length === 0) return;
  const servers = new Set(
    resourcesInState(await readState())
      .filter(({ type }) => type === "openstack:compute/instance:Instance")
      .map(({ outputs }) => outputs["id"]),
  );
  const other = named.find(({ builder }) => builder === undefined || !servers.has(builder));
  if (other === undefined) return;
  throw new ConfigurationError([
    {
      key: "imageName",
      value: imageName,
      reason: `the project has an image of this name already (${other.id})`,
      remedy: `delete that one (openstack image delete ${other.id}), or set imageName to another name`,
    },
  ]);
}

async function make(
  cloud: OpenStackImages,
  settings: ImageSettings,
  { serverId, hostName, builder }: { serverId: string; hostName: string; builder: Builder },
): Promise<PreparedImage> {
  const { imageName, baseImage, timeoutMinutes } = settings;
  const began = Date.now();
  let last = "";
  const tell = (text: string): void => {
    if (text === last) return;
    last = text;
    void pulumi.log.info(`[${Math.round((Date.now() - began) / 1000)} s] ${text}`, builder);
  };
  try {
    return await makeImage({
      ...{ cloud, serverId, hostName, imageName, timeoutMinutes, tell },
      properties: { kovhernetes_kubernetes: settings.kubernetes.version, kovhernetes_base: baseImage },
      warn: (text) => void pulumi.log.warn(text, builder),
    });
  } catch (error) {
    if (error instanceof ImageFailure) throw new pulumi.RunError(error.message);
    throw error;
  }
}
