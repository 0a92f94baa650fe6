import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askAgain } from "../cloud/ask-again";

/** The outputs that something here reads. The rest, certificates and user data above all, is most of a large stack's state: it is let go at once. */
const keptOutputs = ["id", "name", "metadata", "imageName", "flavorName", "size", "validityEndTime", "phases"] as const;

/** What is read of some alone: which authorities there are, which of them issued the others, key pairs of servers, and the networks of machines, pods and services. */
const keptOfType = {
  "kovhernetes:index:Cluster": ["machines"],
  "kovhernetes:instances:Instance": ["made"],
  "kubernetes:core/v1:ConfigMap": ["data"],
  "kubernetes:core/v1:Service": ["spec"],
  "openstack:blockstorage/volume:Volume": ["volumeType"],
  "openstack:compute/instance:Instance": ["created", "keyPair"],
  "openstack:networking/network:Network": ["valueSpecs"],
  "openstack:networking/subnet:Subnet": ["cidr"],
  "openstack:networking/floatingIp:FloatingIp": ["pool"],
  "openstack:networking/port:Port": ["allFixedIps", "fixedIps", "networkId", "tags"],
  "tls:index/selfSignedCert:SelfSignedCert": ["certPem"],
  "tls:index/locallySignedCert:LocallySignedCert": ["caCertPem", "validityStartTime"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type KeptOutput = (typeof keptOutputs)[number] | (typeof keptOfType)[keyof typeof keptOfType][number];

/** One resource of the stack as the last update left it, ended or not. */
export interface StateResource {
  /** Type token, for instance `openstack:networking/port:Port`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Type tokens of the components that it is in, the outermost first. */
  readonly owners: readonly string[];
  /** Of those that are read, those that it has. */
  readonly outputs: Readonly<Partial<Record<KeptOutput, unknown>>>;
}

/**
 * Time before the state is read again, milliseconds. While the engine writes it to a directory, as it does from the first resource on, a read may
 * fail with "EOF": the attributes beside the file are not replaced in one step (gocloud.dev/blob/fileblob, `setAttrs`).
 */
const pauses = [100, 300, 1_000];

/**
 * Reads the engine's own record of this stack's resources, also those of an `up` that did not end. Stack outputs would tell only what the
 * last `up` that ended well left behind: after one that was interrupted they name machines that are no more.
 *
 * @returns what the engine answers: resources by URN, each with its type and those of its outputs that are read
 * @throws pulumi.RunError when the backend does not give it: to go on without would be to guess which machines to replace
 */
export async function readState(): Promise<unknown> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const question = () => pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
    return essentials(await askAgain(question, { pauses }));
  } catch (error) {
    throw new pulumi.RunError(
      `The state of this stack cannot be read, and it tells which machines to keep: ${String(error)}\n` +
        "Check that `pulumi stack export` works with the same backend and passphrase. Nothing that needs it was created or changed.",
    );
  }
}

const resource = z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()) });
const state = z.object({ outputs: z.record(z.string(), z.unknown()) });

/** What the engine answers, without the outputs that nothing reads. */
export function essentials(answer: unknown): unknown {
  const resources = Object.entries(state.safeParse(answer).data?.outputs ?? {}).map(([urn, value]) => {
    const parsed = resource.safeParse(value).data;
    if (parsed === undefined) return [urn, value] as const;
    const kept: readonly KeptOutput[] = [
      ...keptOutputs,
      ...(isKeptFurther(parsed.type) ? keptOfType[parsed.type] : []),
    ];
    const outputs = Object.fromEntries(
      kept.flatMap((key) => (key in parsed.outputs ? [[key, parsed.outputs[key]] as const] : [])),
    );
    return [urn, { type: parsed.type, outputs }] as const;
  });
  return { outputs: Object.fromEntries(resources) };
}

function isKeptFurther(type: string): type is keyof typeof keptOfType {
  return type in keptOfType;
}

/** What was made of an answer: an update looks into the same one again and again. */
const known = new WeakMap<object, readonly StateResource[]>();

/** The resources in what `readState` gives; none of a new stack. */
export function resourcesInState(answer: unknown): readonly StateResource[] {
  if (typeof answer !== "object" || answer === null) return [];
  const resources = known.get(answer) ?? parsedResources(answer);
  known.set(answer, resources);
  return resources;
}

function parsedResources(answer: object): readonly StateResource[] {
  return Object.entries(state.safeParse(answer).data?.outputs ?? {}).flatMap(([urn, value]): StateResource[] => {
    const parsed = resource.safeParse(value);
    const [, , types = "", ...name] = urn.split("::");
    return parsed.success ? [{ ...parsed.data, name: name.join("::"), owners: types.split("$").slice(0, -1) }] : [];
  });
}
