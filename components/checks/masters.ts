import type { ClusterConfig } from "../model/cluster";
import { displayValue, type Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import { machineChange } from "../plan/lifecycle";
import type { MachinePlan } from "../plan/machines";

/**
 * What several masters cannot have, or would lose their quorum by. Nothing for a single one.
 * See docs/decisions/0036-several-masters.md for what is still to be refused once the configuration offers them.
 */
export function masterProblems(
  { masters, backup, readiness }: Pick<ClusterConfig, "masters" | "backup" | "readiness">,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly Problem[] {
  if (masters.count === 1) return [];
  const replaced = plans
    .filter((plan) => plan.role === "master" && machineChange(plan, recorded) === "replace")
    .map(({ hostName }) => hostName);
  const problem = (key: string, value: unknown, reason: string, remedy: string): Problem[] => [
    { key, value: displayValue(value), reason, remedy },
  ];
  return [
    ...(masters.etcdVolume === undefined
      ? problem(
          "etcdVolume",
          false,
          `does not go with ${masters.count} masters: each that is replaced would come back as a member that has lost its data`,
          "leave it on",
        )
      : []),
    ...(replaced.length > 1 && readiness.timeoutMinutes === 0
      ? problem(
          "readinessTimeoutMinutes",
          0,
          `waits for nothing, and this update replaces ${replaced.join(", ")}: they would be away together, and etcd without a quorum`,
          "set it to the minutes that a machine may take, and run `pulumi up` where the API can be reached",
        )
      : []),
    ...(backup.restore === undefined
      ? []
      : problem(
          "etcdRestore",
          backup.restore,
          `is not made for ${masters.count} masters: each would make a history of its own from the snapshot`,
          "restore a cluster with one master",
        )),
  ];
}
