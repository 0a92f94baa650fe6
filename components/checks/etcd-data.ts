import type { ClusterConfig } from "../model/cluster";
import { displayValue, type Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import { generationKey, machineChange } from "../plan/lifecycle";
import type { MachinePlan } from "../plan/machines";

/**
 * What would lose etcd's data, or take the volume from under a running etcd: another `etcdVolume` than a master was made with moves nothing from
 * its disk to a volume or back. The way is a snapshot in object storage, restored by the master that takes its place.
 */
export function etcdDataProblems(
  { backup }: Pick<ClusterConfig, "backup">,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly Problem[] {
  return plans.flatMap((plan): readonly Problem[] => {
    const record = recorded.find(({ name }) => name === plan.hostName);
    const { etcdVolume: wanted } = plan;
    if (wanted === undefined || record?.etcdVolume === undefined || record.etcdVolume === wanted) return [];
    const problem = (reason: string, remedy: string): Problem[] => [
      { key: "etcdVolume", value: displayValue(wanted), reason, remedy },
    ];
    const way = `take a snapshot to object storage, and set etcdRestore to its s3:// address together with ${generationKey(plan)}`;
    const acceptance = "to begin with an empty cluster, set etcdRestore to none";
    if (machineChange(plan, recorded) === "keep") {
      return record.etcdVolume
        ? problem(
            `takes the volume from ${plan.hostName}, whose etcd runs on it`,
            `leave it on; or ${way} ${plan.shape.generation + 1}, and protectData to false; ${acceptance} in its place`,
          )
        : [];
    }
    if (backup.acceptsLoss === true) return [];
    const isNewRestore = backup.restore?.startsWith("s3://") === true && backup.restore !== record.etcdRestore;
    if (isNewRestore) return [];
    const where = record.etcdVolume
      ? "on a volume, which the new machine does not get"
      : "on its own disk, which goes with it";
    return problem(
      `replaces ${plan.hostName}, whose etcd has its data ${where}: all that is in the cluster would be lost`,
      `leave ${generationKey(plan)} at ${record.generation} and the release at ${record.kubernetes} for now, and ${way}; ${acceptance}`,
    );
  });
}
