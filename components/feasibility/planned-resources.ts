import { securityRules } from "../plan/security-rules";
import type { StateResource } from "../recorded/state";
import { newServers, type ChangePlan } from "./change-plan";

/** A resource of the cloud that counts against a quota, or has a name there. Its type and logical name are those of the program. */
export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  /** What it is called in the cloud; empty of what has no name there. */
  readonly cloudName: string;
}

/** Types of what a quota counts. */
export const types = {
  server: "openstack:compute/instance:Instance",
  network: "openstack:networking/network:Network",
  subnet: "openstack:networking/subnet:Subnet",
  router: "openstack:networking/router:Router",
  routerInterface: "openstack:networking/routerInterface:RouterInterface",
  port: "openstack:networking/port:Port",
  floatingAddress: "openstack:networking/floatingIp:FloatingIp",
  securityGroup: "openstack:networking/secGroup:SecGroup",
  securityGroupRule: "openstack:networking/secGroupRule:SecGroupRule",
  volume: "openstack:blockstorage/volume:Volume",
} as const;

/**
 * What the program makes in the cloud, told from the plan: the same resources that the components register, whose logical names never
 * change. What of it is in the state is there already.
 */
export function plannedResources(plan: ChangePlan): readonly PlannedResource[] {
  const { config, machines, addresses } = plan;
  const { access, network, masters } = config;
  const one = (type: keyof typeof types, name: string, cloudName?: string): PlannedResource => ({
    type: types[type],
    name: `${plan.logicalName}-${name}`,
    cloudName: cloudName ?? `${plan.logicalName}-${name}`,
  });
  const networkName = `${plan.logicalName}-network`;
  const ownNetwork = [
    one("network", "network"),
    one("subnet", "network-subnet", networkName),
    ...(access.mode === "floatingIp"
      ? [one("router", "network-router", networkName), one("routerInterface", "network-router-interface", "")]
      : []),
  ];
  const rules = securityRules({ ...config, hostCidr: network.hostCidr, masterAddresses: addresses.masters });
  return [
    ...(network.existing === undefined ? ownNetwork : []),
    ...["machines", "masters"].map((group) => one("securityGroup", `security-${group}`)),
    ...rules.map(({ appliesTo, name }) => one("securityGroupRule", `security-${appliesTo}-${name}`, "")),
    ...machines.flatMap(({ plan: { role, hostName, logicalName }, change, record }) => [
      one("server", logicalName, hostName),
      one("port", `${logicalName}-port`, hostName),
      ...(access.mode === "direct" ? [one("port", `${logicalName}-port-external`, `${hostName}-external`)] : []),
      ...(access.mode === "floatingIp" && (role === "master" || access.nodes)
        ? [one("floatingAddress", `${logicalName}-port-floating-ip`, hostName)]
        : []),
      ...(role === "master" && masters.etcdVolume !== undefined && !(change === "keep" && record?.etcdVolume === false)
        ? [one("volume", `${logicalName}-etcd`, `${hostName}-etcd`)]
        : []),
    ]),
  ];
}

/**
 * What an update makes: what is missing, and the servers of machines that it replaces. Of such a server the state has the old one until the new
 * one is made, also when an update was cut off between the two.
 * @param planned all that {@link plannedResources} gives
 */
export function resourcesToMake(plan: ChangePlan, planned: readonly PlannedResource[]): readonly PlannedResource[] {
  const missing = new Set(missingResources(planned, plan.state));
  const replaced = new Set(newServers(plan).map((machine) => machine.plan.hostName));
  return planned.filter((one) => missing.has(one) || (one.type === types.server && replaced.has(one.cloudName)));
}

/** Of some resources, those that are not in the state. */
export function missingResources(
  planned: readonly PlannedResource[],
  state: readonly StateResource[],
): readonly PlannedResource[] {
  const present = new Set(state.map(({ type, name }) => `${type} ${name}`));
  return planned.filter(({ type, name }) => !present.has(`${type} ${name}`));
}
