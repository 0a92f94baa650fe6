import * as openstack from "@pulumi/openstack";
import { ask, mapAnswer, valueOf, type Answer } from "../cloud/answer";
import type { FlavorFacts, ImageFacts, NamedAnswer } from "../cloud/facts";
import { firstWordPattern, similarPattern } from "./similar";

const identifierPattern = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** Asks for the image of a name; there must be one, since the provider refuses to choose between several when it makes a server. */
export async function askImage(name: string): Promise<NamedAnswer<ImageFacts>> {
  const answer = await ask(() => openstack.images.getImage({ name }));
  const facts = mapAnswer(answer, ({ minRamMb, minDiskGb, sizeBytes }) => ({
    minMemoryMiB: minRamMb,
    minDiskGiB: minDiskGb,
    sizeBytes,
  }));
  if (answer.kind === "ambiguous") return { answer: facts, near: [], ...(await identifiersNote(name)) };
  if (answer.kind !== "absent") return { answer: facts, near: [] };
  // The provider lists identifiers of images, and names one image that a pattern finds: the newest.
  const patterns = [similarPattern(name), firstWordPattern(name)].filter((pattern) => pattern !== undefined);
  const newest = (nameRegex: string) => ask(() => openstack.images.getImage({ nameRegex, mostRecent: true }));
  const [identifiers, ...found] = await Promise.all([
    identifierPattern.test(name) ? ask(() => openstack.images.getImageIds({})) : undefined,
    ...patterns.map(newest),
  ]);
  const isIdentifier = valueOf(identifiers)?.ids.includes(name) === true;
  return {
    answer: facts,
    near: namesOf(found),
    ...(isIdentifier ? { note: "it is the identifier of an image; its name is asked for" } : {}),
  };
}

/** Which images have the same name, where the cloud tells. */
async function identifiersNote(name: string): Promise<Pick<NamedAnswer<unknown>, "note">> {
  const listed = valueOf(await ask(() => openstack.images.getImageIds({ name })));
  return listed === undefined || listed.ids.length === 0 ? {} : { note: `they are ${listed.ids.join(" and ")}` };
}

/** Asks for the flavor of a name. What is near it is found in the list of all, where that can be had. */
export async function askFlavor(name: string): Promise<NamedAnswer<FlavorFacts>> {
  const answer = await ask(() => openstack.compute.getFlavor({ name }));
  const facts = mapAnswer(answer, ({ vcpus = 0, ram = 0, disk = 0 }) => ({
    cores: vcpus,
    memoryMiB: ram,
    diskGiB: disk,
  }));
  if (answer.kind !== "absent") return { answer: facts, near: [] };
  const identified = valueOf(await ask(() => openstack.compute.getFlavor({ flavorId: name })))?.name;
  return identified === undefined
    ? { answer: facts, near: [] }
    : { answer: facts, near: [identified], note: "it is the identifier of a flavor; its name is asked for" };
}

/**
 * Asks for the identifier of the external network of a name. Where machines have an interface on it, one that is not external will do as well, such
 * as a provider network that the cloud shares.
 */
export async function askExternalNetwork(name: string, mode: "direct" | "floatingIp"): Promise<NamedAnswer<string>> {
  const answer = mapAnswer(await ask(() => openstack.networking.getNetwork({ name, external: true })), ({ id }) => id);
  if (answer.kind !== "absent") return { answer, near: [] };
  const [only, internal, identified] = await Promise.all([
    // The provider answers only where there is one, which is so on most clouds.
    ask(() => openstack.networking.getNetwork({ external: true })),
    ask(() => openstack.networking.getNetwork({ name })),
    identifierPattern.test(name) ? ask(() => openstack.networking.getNetwork({ networkId: name })) : undefined,
  ]);
  if (mode === "direct" && internal.kind !== "absent") return { answer: mapAnswer(internal, ({ id }) => id), near: [] };
  const identifiedName = valueOf(identified)?.name;
  const note =
    valueOf(internal) !== undefined
      ? "there is a network of this name, and it is not an external one"
      : identifiedName === undefined
        ? undefined
        : `it is the identifier of the network ${identifiedName}`;
  return { answer, near: namesOf([only]), ...(note === undefined ? {} : { note }) };
}

function namesOf(answers: readonly (Answer<{ readonly name?: string }> | undefined)[]): readonly string[] {
  return [...new Set(answers.flatMap((answer) => valueOf(answer)?.name ?? []))];
}
