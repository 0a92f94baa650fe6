import type { ChangePlan } from "./change-plan";
import { plannedResources, types } from "./planned-resources";
import { nothingToSay, refuse, together, type Verdict } from "./verdict";

/**
 * What cannot be done to etcd's volume once it is there. Another type is a new volume to the provider up to 3.15, and from 5 on a change that it
 * takes for done when Cinder has only begun it, and may refuse later. No volume shrinks.
 */
export function judgeVolume(plan: ChangePlan): Verdict {
  const wanted = plan.config.masters.etcdVolume;
  if (wanted === undefined) return nothingToSay;
  const names = plannedResources(plan).filter(({ type }) => type === types.volume);
  const volumes = plan.state.filter((one) => names.some(({ type, name }) => type === one.type && name === one.name));
  return together(
    volumes.flatMap(({ outputs }) => {
      const { size, volumeType } = outputs;
      const isNamed = typeof volumeType === "string" && volumeType !== "";
      return [
        wanted.type === undefined || volumeType === wanted.type
          ? nothingToSay
          : refuse(
              "etcdVolume.type",
              wanted.type,
              `the volume that exists is of ${isNamed ? `type ${volumeType}` : "no type of its own"}, and holds the cluster's data`,
              `${isNamed ? `keep ${volumeType}` : "leave etcdVolume.type out"}; to move to another type, make a cluster beside this one from a snapshot (etcdRestore)`,
            ),
        typeof size !== "number" || wanted.sizeGiB >= size
          ? nothingToSay
          : refuse(
              "etcdVolume.sizeGiB",
              String(wanted.sizeGiB),
              `the volume that exists has ${size} GiB, and no volume can be made smaller`,
              `write ${size}`,
            ),
      ];
    }),
  );
}
