import type { z } from "zod";
import { openstackName } from "../components/config/machine-schema";
import { displayValue, type Problem } from "../components/model/problems";
import { readKeys } from "../components/config/read";
import { stackSchema } from "../components/config/schema";
import * as value from "../components/config/values";
import { defaultKubernetesVersion } from "../components/model/release-table";

/** Longest name of an image in Glance. */
const longestImageName = 255;

/** Every key of the stack that makes an image. Those that a cluster has too mean the same, so that their values can be copied. */
export const imageSchema = {
  image: openstackName.describe(
    "Required. Image that is prepared, by name: one that machines can be made from already, for instance Debian 12.",
  ),
  flavor: openstackName.describe(
    "Required. Flavor of the machine that prepares it, by name. The image is as large as its disk: choose one whose disk is no larger than that of any machine.",
  ),
  externalNetwork: openstackName
    .optional()
    .describe("External network, by name, for instance Ext-Net on OVH. Required unless network is given."),
  access: value
    .choice("direct", "floatingIp")
    .optional()
    .describe(
      "How the machine reaches the outside: direct (an interface on the external network) or floatingIp (a private network behind a router, as clusters with floating addresses have it). By default direct.",
    ),
  network: openstackName
    .optional()
    .describe(
      "In place of externalNetwork: a network that exists already, by name, whose machines get addresses and reach what they download from.",
    ),
  hostCidr: stackSchema.hostCidr.describe("With access floatingIp: the private network of the machine."),
  dnsServers: stackSchema.dnsServers,
  availabilityZone: openstackName.optional().describe("Availability zone of Nova, by name."),
  kubernetesVersion: stackSchema.kubernetesVersion
    .unwrap()
    .default(defaultKubernetesVersion)
    .describe("Kubernetes release that the image is for, without v."),
  imageName: value
    .text(
      value.matching(
        /^[A-Za-z0-9][A-Za-z0-9._ -]*$/,
        "is not a plain name",
        "use letters, digits, blanks, dots, dashes and underscores",
      ),
      value.matching(
        new RegExp(`^.{1,${longestImageName}}$`),
        "is too long",
        `give at most ${longestImageName} characters`,
      ),
    )
    .optional()
    .describe(
      "Name of the new image. By default kovhernetes-VERSION-IMAGE, for instance kovhernetes-1.36.3-debian-12.",
    ),
  artifactMirror: stackSchema.artifactMirror,
  artifactChecksums: stackSchema.artifactChecksums,
  registryMirrors: stackSchema.registryMirrors,
  timeoutMinutes: value
    .integer(1, 240)
    .default(60)
    .describe("How long the preparation may take, and how long the cloud may take to store the image, minutes each."),
} satisfies Readonly<Record<string, z.ZodType>>;

type Values = { readonly [Key in keyof typeof imageSchema]: z.output<(typeof imageSchema)[Key]> };

/** How the machine that prepares the image is attached. */
export type BuilderAccess =
  | { readonly mode: "direct" | "floatingIp"; readonly externalNetwork: string }
  | { readonly mode: "network"; readonly network: string };

/** What an image is made from, checked and complete. */
export interface ImageSettings {
  /** Name of the image that is prepared. */
  readonly baseImage: string;
  readonly flavor: string;
  readonly availabilityZone?: string;
  readonly access: BuilderAccess;
  readonly hostCidr: string;
  readonly dnsServers: readonly string[];
  readonly kubernetes: { readonly version: string };
  /** Name of the image that is made. */
  readonly imageName: string;
  readonly artifacts: {
    readonly mirror?: string;
    readonly checksums: Readonly<Record<string, string>>;
    readonly registryMirrors: Readonly<Record<string, readonly string[]>>;
  };
  readonly timeoutMinutes: number;
}

/**
 * Checks the values of a stack and completes them with defaults.
 * @param raw values by key without namespace, as texts or already structured; a blank text is a value not given
 * @param secretKeys keys whose values must not be shown
 * @returns the settings, or everything that is wrong with them
 */
export function validateImageSettings(
  raw: Readonly<Record<string, unknown>>,
  secretKeys: ReadonlySet<string> = new Set(),
): { readonly settings: ImageSettings } | { readonly problems: readonly Problem[] } {
  const read = readKeys(imageSchema, raw, secretKeys, (_key, secret) => (shown) => displayValue(shown, secret));
  const problems = [...read.problems, ...networkProblems(read.given)];
  return problems.length > 0 ? { problems } : { settings: assemble(read.values as Values) };
}

function networkProblems(given: Readonly<Record<string, unknown>>): readonly Problem[] {
  const { externalNetwork, network, access } = given;
  if (network !== undefined) {
    return Object.entries({ externalNetwork, access }).flatMap(([key, own]): Problem[] =>
      own === undefined
        ? []
        : [
            {
              key,
              value: displayValue(own),
              reason: "network is given, and the machine is on that alone",
              remedy: `remove ${key} or network`,
            },
          ],
    );
  }
  if (externalNetwork !== undefined) return [];
  const remedy =
    "give the name that `openstack network list --external` shows, or network: one whose machines reach the outside";
  return [
    {
      key: "externalNetwork",
      value: "(not set)",
      reason: "is not given, and the machine downloads through it",
      remedy,
    },
  ];
}

/** Name of the image for a release and a base: `kovhernetes-1.36.3-debian-12`. */
export function defaultImageName(version: string, baseImage: string): string {
  const base = baseImage
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `kovhernetes-${version}-${base || "image"}`.slice(0, longestImageName);
}

function assemble(values: Values): ImageSettings {
  const { access = "direct", externalNetwork = "", network, availabilityZone, artifactMirror } = values;
  return {
    baseImage: values.image,
    flavor: values.flavor,
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    access: network === undefined ? { mode: access, externalNetwork } : { mode: "network", network },
    hostCidr: values.hostCidr,
    dnsServers: values.dnsServers,
    kubernetes: { version: values.kubernetesVersion },
    imageName: values.imageName ?? defaultImageName(values.kubernetesVersion, values.image),
    artifacts: {
      checksums: values.artifactChecksums,
      registryMirrors: values.registryMirrors,
      ...(artifactMirror === undefined ? {} : { mirror: artifactMirror }),
    },
    timeoutMinutes: values.timeoutMinutes,
  };
}
