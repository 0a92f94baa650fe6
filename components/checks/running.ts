import type { ClusterConfig } from "../model/cluster";
import { displayValue, type Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import { byGeneration } from "../plan/lifecycle";
import { stayingMachines } from "../plan/made-with";
import type { MachinePlan } from "../plan/machines";

/** What the configuration of a production cluster no longer has, and machines that stay were made with and have still. */
export function runningProblems(
  isProduction: boolean,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly Problem[] {
  if (!isProduction) return [];
  const machines = stayingMachines(plans, recorded).flatMap(({ plan, record }) =>
    (record.madeWith?.trial ?? []).map((key) => ({ plan, key })),
  );
  return byGeneration(machines).flatMap(({ key: generation, next, machines: late }) =>
    [...new Set(late.map(({ key }) => key))].map((key) => {
      const names = late.filter((one) => one.key === key).map(({ plan }) => plan.hostName);
      return {
        key: "production",
        value: displayValue(true),
        reason: `does not go with ${key} as ${names.join(", ")} ${names.length === 1 ? "was" : "were"} made with and runs until replaced`,
        remedy: `set ${generation} to ${next} as well, or production to false until then`,
      };
    }),
  );
}

/** What is dangerous in how machines were made that stay, and that the configuration has no longer: one sentence each. */
export function runningWarnings(
  config: ClusterConfig,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
): readonly string[] {
  const staying = stayingMachines(plans, recorded).filter(({ plan }) => plan.role === "master");
  const warnings = [
    {
      key: "authorization",
      isMeant: config.kubernetes.authorization.mode === "AlwaysAllow",
      text: "runs with authorization AlwaysAllow: whoever is authenticated, every pod included, may do anything",
    },
    {
      key: "localhostApi",
      isMeant: config.kubernetes.localhostApi,
      text: "runs with localhostApi: every process there, and every host-network pod, is an administrator",
    },
    {
      key: "etcdVolume",
      isMeant: config.masters.etcdVolume === undefined,
      text: "has no volume for etcd: when it is lost, everything in the cluster is",
    },
  ];
  return warnings.flatMap(({ key, isMeant, text }) =>
    isMeant
      ? []
      : byGeneration(staying.filter(({ record }) => record.madeWith?.trial.includes(key) === true)).map(
          ({ key: generation, next, machines }) =>
            `${machines.map(({ plan }) => plan.hostName).join(", ")} ${text}, until ${generation} is set to ${next}.`,
        ),
  );
}
