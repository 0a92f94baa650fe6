import * as openstack from "@pulumi/openstack";
import { ask, mapAnswer, type Answer } from "../cloud/answer";
import { askExternalNetwork, askFlavor, askImage } from "./ask-names";
import { askComputeLimits, askExistingNetwork, askNetworkQuota, askPorts, askVolumeQuota } from "./ask-project";
import { newServers, type ChangePlan } from "./change-plan";
import { volumeDemand } from "./demand";
import type { CloudFacts, NamedAnswer } from "../cloud/facts";
import { askInventory, type ListedKind } from "./inventory";
import { cloudNames } from "./names";
import { missingResources, plannedResources, resourcesToMake, types, type PlannedResource } from "./planned-resources";
import {
  askFlavorList,
  askNetwork,
  askNetworkUse,
  askVolumeUse,
  openSession,
  standingOf,
  type CloudSession,
} from "../cloud/rest";

/**
 * Asks the cloud everything that tells whether an update can succeed: each question once, together as far as one does not need the
 * answer to another. Their number depends on how many images, flavors and zones there are, not on how many machines.
 */
export async function askCloud(plan: ChangePlan): Promise<CloudFacts> {
  const { access, network, clusterName } = plan.config;
  const names = cloudNames(plan);
  const planned = plannedResources(plan);
  const missing = missingResources(planned, plan.state);
  const misses = (...kinds: (keyof typeof types)[]): boolean =>
    kinds.some((kind) => missing.some(({ type }) => type === types[kind]));
  const missesNetwork = misses(
    "network",
    "subnet",
    "router",
    "port",
    "floatingAddress",
    "securityGroup",
    "securityGroupRule",
  );
  const takesVolumes = volumeDemand(plan).added > 0;
  const kinds = listedKinds(planned, resourcesToMake(plan, planned));
  const session = openSession();
  const inProject = async <T>(question: (session: CloudSession) => Promise<Answer<T>>) => {
    const answer = await session;
    return answer.kind === "known" ? question(answer.value) : answer;
  };
  const externalNetwork = access.mode === "none" ? undefined : askExternalNetwork(access.externalNetwork, access.mode);
  return settled<CloudFacts>({
    images: askEach(valuesOf(names.images), askImage),
    flavors: askEach([...valuesOf(names.flavors), ...earlierFlavors(plan)], askFlavor),
    externalNetwork,
    existingNetwork:
      misses("port") && network.existing !== undefined ? askExistingNetwork(network.existing) : undefined,
    attached: !misses("port")
      ? {}
      : settled<CloudFacts["attached"]>({
          ...(access.mode === "direct" && externalNetwork !== undefined
            ? {
                external: externalNetwork.then(({ answer }) =>
                  answer.kind === "known" ? inProject((opened) => askNetwork(opened, answer.value)) : answer,
                ),
              }
            : {}),
          ...(network.existing === undefined
            ? {}
            : { existing: inProject((opened) => askNetwork(opened, network.existing?.networkId ?? "")) }),
        }),
    standing: session.then((opened) => mapAnswer(opened, standingOf)),
    zones: names.zones.length > 0 ? askZones() : undefined,
    compute: newServers(plan).length > 0 ? askComputeLimits() : undefined,
    network: missesNetwork ? inProject(({ projectId }) => askNetworkQuota(projectId)) : undefined,
    networkUse: missesNetwork ? inProject(askNetworkUse) : undefined,
    volumes: takesVolumes ? inProject(({ projectId }) => askVolumeQuota(projectId)) : undefined,
    volumeUse: takesVolumes ? inProject(askVolumeUse) : undefined,
    projectPorts: misses("port") ? inProject(({ projectId }) => askPorts({ projectId })) : undefined,
    inventory: inProject((opened) => askInventory(opened, kinds, clusterName)),
    flavorList: undefined,
  });
}

/** Asks for all flavors there are, for who needs another one than the configuration names. */
export async function askFlavors(): Promise<CloudFacts["flavorList"]> {
  const session = await openSession();
  return session.kind === "known" ? askFlavorList(session.value) : session;
}

/**
 * What is looked for in the project: what the cluster is made of, also when it is all there, since the provider may have asked twice for it.
 * Ports, of which a project may have many that are nobody's business, only where one may be in the way.
 */
function listedKinds(planned: readonly PlannedResource[], made: readonly PlannedResource[]): readonly ListedKind[] {
  const holds = (resources: readonly PlannedResource[], kind: keyof typeof types): boolean =>
    resources.some(({ type }) => type === types[kind]);
  const always = ["server", "volume", "network", "subnet", "router", "floatingAddress", "securityGroup"] as const;
  const needsPorts = (["port", "server", "routerInterface"] as const).some((kind) => holds(made, kind));
  return [...always.filter((kind) => holds(planned, kind)), ...(needsPorts ? (["port"] as const) : [])];
}

/** Flavors that replaced servers give back. */
function earlierFlavors(plan: ChangePlan): readonly string[] {
  return newServers(plan).flatMap(({ record }) => record?.flavor ?? []);
}

async function askZones(): Promise<Answer<readonly string[]>> {
  return mapAnswer(await ask(() => openstack.compute.getAvailabilityZones({})), ({ names }) => names);
}

/** Puts the same question for each of some names, once where a name is there twice. */
async function askEach<T>(
  names: readonly string[],
  question: (name: string) => Promise<NamedAnswer<T>>,
): Promise<ReadonlyMap<string, NamedAnswer<T>>> {
  return new Map(await Promise.all([...new Set(names)].map(async (name) => [name, await question(name)] as const)));
}

function valuesOf(names: readonly { readonly value: string }[]): readonly string[] {
  return names.map(({ value }) => value);
}

async function settled<T extends object>(record: {
  readonly [Key in keyof T]: T[Key] | Promise<T[Key]>;
}): Promise<T> {
  const entries = Object.entries(record).map(async ([key, value]) => [key, await value] as const);
  return Object.fromEntries(await Promise.all(entries)) as T;
}
