import { displayValue, type Problem } from "./problems";
import type { ReadStack } from "./read";
import { worldCidrs } from "./warnings";

/**
 * What a stack marked `production` may not have, though a trial may: each of these is a warning, or nothing, elsewhere.
 */
export function productionProblems({ values }: ReadStack): readonly Problem[] {
  if (values.production !== true) return [];
  const refused = (key: string, value: unknown, reason: string, remedy: string): Problem => ({
    key,
    value: displayValue(value),
    reason: `${reason}, and production is true`,
    remedy,
  });
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
  ];
}
