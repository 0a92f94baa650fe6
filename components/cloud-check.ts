import * as openstack from "@pulumi/openstack";
import type { ClusterConfig } from "./config/model";
import { ConfigurationError, type Problem } from "./config/problems";

/** One thing of the cloud that the configuration names. */
interface Lookup {
  /** Key of the stack configuration. */
  readonly key: string;
  readonly value: string;
  readonly remedy: string;
  readonly ask: () => Promise<unknown>;
}

/**
 * Asks the cloud for every image, flavor and external network that the configuration names, before anything is created.
 * @throws ConfigurationError listing all that the cloud does not know, with the cloud's own reason and the key to change.
 */
export async function checkCloud(config: ClusterConfig): Promise<void> {
  const lookups = cloudLookups(config);
  const problems = await Promise.all(lookups.map(problemOf));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new ConfigurationError(unifyCredentialProblems(found));
}

function cloudLookups(config: ClusterConfig): Lookup[] {
  const machines = [
    { key: "master", shape: config.masters },
    ...config.nodePools.map((pool) => ({ key: `nodePools.${pool.name}`, shape: pool })),
  ];
  // What all machines share is most likely written once, at the top of the stack file.
  const keyOf = (key: string, property: "image" | "flavor"): string =>
    new Set(machines.map(({ shape }) => shape[property])).size === 1 ? property : `${key}.${property}`;
  const lookups = machines.flatMap(({ key, shape }): Lookup[] => [
    {
      key: keyOf(key, "image"),
      value: shape.image,
      remedy: "name one of `openstack image list`",
      ask: () => openstack.images.getImage({ name: shape.image, mostRecent: true }),
    },
    {
      key: keyOf(key, "flavor"),
      value: shape.flavor,
      remedy: "name one of `openstack flavor list`",
      ask: () => openstack.compute.getFlavor({ name: shape.flavor }),
    },
  ]);
  if (config.access.mode !== "none") {
    const name = config.access.externalNetwork;
    lookups.push({
      key: "externalNetwork",
      value: name,
      remedy: "name one of `openstack network list --external`",
      ask: () => openstack.networking.getNetwork({ name, external: true }),
    });
  }
  // Pools mostly share image and flavor: one question for each.
  return lookups.filter(
    (lookup, index) =>
      lookups.findIndex((other) => other.value === lookup.value && other.remedy === lookup.remedy) === index,
  );
}

async function problemOf(lookup: Lookup): Promise<Problem | undefined> {
  try {
    await lookup.ask();
    return undefined;
  } catch (error) {
    const reason = cloudReason(error);
    return { key: lookup.key, value: lookup.value, reason: `the cloud says: ${reason}`, remedy: lookup.remedy };
  }
}

/** The provider's own words out of the engine's envelope around them. */
function cloudReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const inner = /invoking [^:]+:[^:]+:[^:]+: (.*)/s.exec(message)?.[1] ?? message;
  return inner.replace(/\s+/g, " ").trim().slice(0, 400);
}

/** A cloud that cannot be entered refuses every question the same way: that is one problem, not one a name. */
function unifyCredentialProblems(problems: readonly Problem[]): readonly Problem[] {
  const first = problems[0];
  const entrance =
    /authenticat|unauthorized|\b401\b|auth_url|No suitable endpoint|dial tcp|connection refused|no such host|timeout/i;
  if (first === undefined || !problems.every((problem) => entrance.test(problem.reason))) return problems;
  return [
    {
      key: "openstack:*",
      value: process.env["OS_AUTH_URL"] ?? "(from clouds.yaml or the openstack: keys of the stack)",
      reason: first.reason,
      remedy:
        "check OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and OS_REGION_NAME, or OS_CLOUD and clouds.yaml, " +
        "or the `openstack:` keys of the stack; `openstack token issue` must work with the same ones",
    },
  ];
}
