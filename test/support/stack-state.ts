import type { ClusterConfig } from "../../components/model/cluster";
import { planChanges, type ChangePlan } from "../../components/feasibility/change-plan";
import { plannedResources, types, type PlannedResource } from "../../components/feasibility/planned-resources";
import { machineMetadataKeys } from "../../components/plan/names";
import { machinesInState } from "../../components/recorded/machines";

export interface StateOptions {
  /** Which of the resources are there; all by default. */
  readonly keep?: (resource: PlannedResource) => boolean;
  /** When certificates of machines end, RFC 3339, by host name. */
  readonly expiries?: Readonly<Record<string, string>>;
}

/** What an update does to a cluster that is in this state. */
export function planOf(config: ClusterConfig, state?: unknown): ChangePlan {
  return planChanges({ config, recordedMachines: machinesInState(state), state });
}

/** What the engine answers of a stack's state once a cluster has been made, or a part of it. */
export function stateOf(config: ClusterConfig, { keep = () => true, expiries = {} }: StateOptions = {}): unknown {
  const plan = planOf(config);
  const urn = (type: string, name: string): string => `urn:pulumi:test::kovhernetes::${type}::${name}`;
  const servers = plan.machines.map(
    ({ plan: { role, hostName, logicalName, shape, kubernetes, metadata } }): [string, object] => [
      `${config.clusterName}-${logicalName}`,
      {
        name: hostName,
        imageName: shape.image,
        flavorName: shape.flavor,
        metadata: {
          ...metadata,
          [machineMetadataKeys.role]: role,
          [machineMetadataKeys.generation]: String(shape.generation),
          [machineMetadataKeys.kubernetes]: kubernetes,
        },
      },
    ],
  );
  const outputs: Readonly<Record<string, object>> = {
    ...Object.fromEntries(servers),
    [`${config.clusterName}-master-0-etcd`]: { size: config.masters.etcdVolume?.sizeGiB },
  };
  const telling: readonly string[] = [types.server, types.volume];
  const resources = plannedResources(plan)
    .filter(keep)
    .map(({ type, name }): [string, object] => [
      urn(type, name),
      { type, outputs: { id: `id-of-${name}`, ...(telling.includes(type) ? outputs[name] : {}) } },
    ]);
  const certificateType = "tls:index/locallySignedCert:LocallySignedCert";
  const certificates = Object.entries(expiries).map(([hostName, validityEndTime]): [string, object] => [
    urn(certificateType, `${config.clusterName}-pki-${hostName}-kubelet-client-certificate`),
    { type: certificateType, outputs: { validityEndTime } },
  ]);
  return { name: "test", outputs: Object.fromEntries([...resources, ...certificates]) };
}
