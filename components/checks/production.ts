import { minorOf, supportedMinors } from "../model/release-table";
import { uncheckedMirrors } from "./downloads";
import { uncheckedFiles } from "../plan/unchecked-downloads";
import { displayValue, type Problem } from "../model/problems";
import type { ReadStack } from "../config/read";
import { worldCidrs } from "./warnings";

/**
 * What a stack marked `production` may not have, though a trial may: each of these is a warning, or nothing, elsewhere.
 * @param version of Kubernetes, whose release files are fetched
 */
export function productionProblems({ values }: ReadStack, version: string): readonly Problem[] {
  if (values.production !== true) return [];
  const world = worldCidrs(values.adminCidrs ?? []);
  return [
    ...(world.length > 0
      ? [
          refused(
            "adminCidrs",
            world.join(", "),
            "opens SSH and the API to the whole internet",
            "name the networks of your administrators",
          ),
        ]
      : []),
    ...(values.authorization === "AlwaysAllow"
      ? [refused("authorization", "AlwaysAllow", "lets every pod do anything", "set authorization to RBAC")]
      : []),
    ...(values.localhostApi === true
      ? [
          refused(
            "localhostApi",
            true,
            "makes an administrator of every process of the master and every host-network pod there",
            "set localhostApi to false, and use the kubeconfig",
          ),
        ]
      : []),
    ...(values.etcdVolume?.enabled === false
      ? [
          refused(
            "etcdVolume.enabled",
            false,
            "loses everything in the cluster with its master",
            "leave etcdVolume enabled",
          ),
        ]
      : []),
    ...(values.etcdSnapshots?.enabled === false
      ? [
          refused(
            "etcdSnapshots.enabled",
            false,
            "keeps no copy of what is in the cluster",
            "leave etcdSnapshots enabled",
          ),
        ]
      : []),
    ...(values.protectData === false
      ? [
          refused(
            "protectData",
            false,
            "lets one command delete etcd's volume",
            "leave protectData true; to remove the cluster, set production and protectData to false first",
          ),
        ]
      : []),
    ...downloadProblems(values, version),
  ];
}

function downloadProblems(values: ReadStack["values"], version: string): readonly Problem[] {
  const { artifactMirror: mirror, artifactChecksums: checksums, registryMirrors = {} } = values;
  // Checksums that cannot be read, and a release that this program does not know, are problems of their own.
  const isTold = mirror !== undefined && checksums !== undefined && supportedMinors.includes(minorOf(version));
  const files = isTold
    ? uncheckedFiles({ kubernetes: { version }, artifacts: { mirror, checksums, registryMirrors } })
    : [];
  return [
    ...(files.length > 0
      ? [
          refused(
            "artifactMirror",
            mirror,
            `serves ${files.join(", ")} and their checksums by plain HTTP`,
            "give a mirror by https, or pin these files in artifactChecksums",
          ),
        ]
      : []),
    ...uncheckedMirrors(registryMirrors).map(({ key, address }) =>
      refused(key, address, "serves images, which go by tag, by plain HTTP", "give a mirror by https"),
    ),
  ];
}

function refused(key: string, value: unknown, reason: string, remedy: string): Problem {
  return { key, value: displayValue(value), reason: `${reason}, and production is true`, remedy };
}
