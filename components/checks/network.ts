import { Address4 } from "ip-address";
import { dnsAddress, type PoolRequest } from "../plan/addresses";
import { offsetRemedy } from "./addresses";
import type { ClusterConfig } from "../model/cluster";
import type { Problem } from "../model/problems";
import type { RecordedMachine } from "../model/recorded";
import type { MachinePlan } from "../plan/machines";
import type { RecordedNetwork } from "../model/recorded";

const elsewhere = "a cluster in another network is another stack";

/**
 * What would take the network from machines that run. Neutron moves a port at once, and its machine, which has the address from its first boot, is
 * cut off, long before a generation would replace it; add-ons change at once as well, for machines that were told of other pod and service networks
 * and of another domain.
 */
export function networkProblems(
  config: Pick<ClusterConfig, "network" | "access" | "nodePools" | "kubernetes">,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  network: RecordedNetwork,
): readonly Problem[] {
  const existing = new Set(recorded.map(({ name }) => name));
  const staying = plans.filter(({ hostName }) => existing.has(hostName) && hostName in network.addresses);
  if (staying.length === 0) return [];
  const problems = [
    ...placeProblems(config.network, network),
    ...accessProblems(config.access, network),
    ...insideProblems(config, network),
  ];
  if (problems.length > 0) return problems;
  const moves = moveProblems(config, staying, network.addresses);
  return moves.length > 0 ? moves : heldProblems(config, plans, existing, network.addresses);
}

/** What would delete ports, addresses or the router by which machines that exist reach the outside. */
function accessProblems(
  wanted: ClusterConfig["access"],
  { access, floatingPool }: RecordedNetwork,
): readonly Problem[] {
  if (access === undefined) return [];
  if (wanted.mode !== access) {
    const reason = `is not ${access}, by which the machines that exist reach the outside: their way would be deleted while they run`;
    return [
      { key: "access", value: wanted.mode, reason, remedy: `keep ${access}; a cluster with another is another stack` },
    ];
  }
  if (wanted.mode !== "floatingIp" || floatingPool === undefined || wanted.externalNetwork === floatingPool) return [];
  return [externalProblem(wanted.externalNetwork, "their addresses would be given back", floatingPool)];
}

/**
 * What would attach the second interfaces of machines that exist to another external network.
 * @param id identifier of the one that the configuration names
 */
export function externalNetworkProblems(
  access: ClusterConfig["access"],
  id: string,
  { externalNetworkId: has }: RecordedNetwork,
): readonly Problem[] {
  if (access.mode !== "direct" || has === undefined || has === id) return [];
  return [
    externalProblem(access.externalNetwork, "their ports would be deleted", `the one with the identifier ${has}`),
  ];
}

function externalProblem(value: string, consequence: string, keep: string): Problem {
  const reason = `is not the external network of the machines that exist: ${consequence} while they run`;
  return { key: "externalNetwork", value, reason, remedy: `keep ${keep}; a cluster at another is another stack` };
}

/** One for each pool of which new machines would get addresses that machines hold until the end of the update which removes them. */
function heldProblems(
  { network, nodePools }: Pick<ClusterConfig, "network" | "nodePools">,
  plans: readonly MachinePlan[],
  existing: ReadonlySet<string>,
  addresses: RecordedNetwork["addresses"],
): readonly Problem[] {
  const planned = new Set(plans.map(({ hostName }) => hostName));
  const held = new Map(
    Object.entries(addresses).flatMap(([name, address]) => (planned.has(name) ? [] : [[address, name] as const])),
  );
  const first = new Address4(network.hostCidr).startAddress().bigInt();
  const taken = [...held].map(([address, name]): PoolRequest => {
    return { name, count: 1, addressOffset: Number(new Address4(address).bigInt() - first) };
  });
  return nodePools.flatMap((pool) => {
    const machines = plans.filter((plan) => plan.pool === pool.name);
    const clashing = machines.find(({ hostName, address }) => !existing.has(hostName) && held.has(address));
    if (clashing === undefined) return [];
    const others = [...nodePools.filter((other) => other !== pool), ...taken];
    const reason =
      `gives ${clashing.hostName} the address ${clashing.address}, which ${held.get(clashing.address) ?? ""} has until this update ` +
      "has removed it";
    const remedy = machines.some(({ hostName }) => existing.has(hostName))
      ? `remove ${held.get(clashing.address) ?? ""} in an update before`
      : `${offsetRemedy(network.hostCidr, pool, others)}; or remove the machines that go in an update before`;
    return [{ key: `nodePools.${pool.name}.addressOffset`, value: String(pool.addressOffset), reason, remedy }];
  });
}

function placeProblems(wanted: ClusterConfig["network"], { own, place }: RecordedNetwork): readonly Problem[] {
  if (own === undefined) {
    const left = "is left out, and the machines that exist are in a network that was given";
    const { existing } = wanted;
    if (existing === undefined) {
      return [{ key: "existingNetwork", value: "(not set)", reason: left, remedy: `keep what it was; ${elsewhere}` }];
    }
    return (["networkId", "subnetId"] as const).flatMap((key) => {
      if (place === undefined || existing[key] === place[key]) return [];
      const reason = "is not that of the machines that exist: their ports would be deleted while they run";
      return [
        { key: `existingNetwork.${key}`, value: existing[key], reason, remedy: `keep ${place[key]}; ${elsewhere}` },
      ];
    });
  }
  if (wanted.existing !== undefined) {
    const reason = "is not the network of the machines that exist, which have one of their own";
    const remedy = `leave it out; ${elsewhere}`;
    return [{ key: "existingNetwork", value: wanted.existing.networkId, reason, remedy }];
  }
  const reason = "is not that of the network in which machines exist";
  return [
    ...(wanted.hostCidr === own.hostCidr
      ? []
      : [{ key: "hostCidr", value: wanted.hostCidr, reason, remedy: `keep ${own.hostCidr}; ${elsewhere}` }]),
    ...(wanted.vlanId === own.vlanId
      ? []
      : [
          {
            key: "vlanId",
            value: wanted.vlanId === undefined ? "(not set)" : String(wanted.vlanId),
            reason,
            remedy: `${own.vlanId === undefined ? "leave it out" : `keep ${own.vlanId}`}; ${elsewhere}`,
          },
        ]),
  ];
}

function insideProblems(
  { network: wanted, kubernetes }: Pick<ClusterConfig, "network" | "kubernetes">,
  recorded: RecordedNetwork,
): readonly Problem[] {
  const { podCidr, dnsServiceAddress, clusterDomain } = recorded;
  const reason = "is not what the machines that exist were told";
  return [
    ...(podCidr === undefined || wanted.podCidr === podCidr
      ? []
      : [{ key: "podCidr", value: wanted.podCidr, reason, remedy: `keep ${podCidr}; ${elsewhere}` }]),
    ...(dnsServiceAddress === undefined || dnsServiceAddress === dnsAddress(wanted.serviceCidr)
      ? []
      : [
          {
            key: "serviceCidr",
            value: wanted.serviceCidr,
            reason,
            remedy: `keep what it was (cluster DNS is at ${dnsServiceAddress}); ${elsewhere}`,
          },
        ]),
    ...(clusterDomain === undefined || clusterDomain === kubernetes.clusterDomain
      ? []
      : [
          {
            key: "clusterDomain",
            value: kubernetes.clusterDomain,
            reason: "is not what the machines that exist were told: no pod on them would find a service by its name",
            remedy: `keep ${clusterDomain}; a cluster of another domain is another stack`,
          },
        ]),
  ];
}

/** One for each pool whose machines would get other addresses. */
function moveProblems(
  { network, nodePools }: Pick<ClusterConfig, "network" | "nodePools">,
  staying: readonly MachinePlan[],
  addresses: RecordedNetwork["addresses"],
): readonly Problem[] {
  const moved = staying.filter(({ hostName, address }) => addresses[hostName] !== address);
  if (moved.some(({ role }) => role === "master")) {
    const reason = "gives the master another address than it has";
    return [{ key: "hostCidr", value: network.hostCidr, reason, remedy: `keep what it was; ${elsewhere}` }];
  }
  return nodePools.flatMap(({ name, addressOffset }) => {
    const [first] = moved.filter(({ pool }) => pool === name);
    if (first === undefined) return [];
    const { hostName, address } = first;
    const has = addresses[hostName] ?? "";
    const before = addressOffset + Number(new Address4(has).bigInt() - new Address4(address).bigInt());
    return [
      {
        key: `nodePools.${name}.addressOffset`,
        value: String(addressOffset),
        reason: `gives machines that exist other addresses: ${hostName} has ${has}, and would have ${address}`,
        remedy: `set it to ${before}; for other addresses make a pool of another name, and remove this one`,
      },
    ];
  });
}
