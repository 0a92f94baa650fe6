import { Address4 } from "ip-address";
import { dnsAddress } from "../plan/addresses";
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
  config: Pick<ClusterConfig, "network" | "nodePools" | "kubernetes">,
  plans: readonly MachinePlan[],
  recorded: readonly RecordedMachine[],
  network: RecordedNetwork,
): readonly Problem[] {
  const existing = new Set(recorded.map(({ name }) => name));
  const staying = plans.filter(({ hostName }) => existing.has(hostName) && hostName in network.addresses);
  if (staying.length === 0) return [];
  const problems = [...placeProblems(config.network, network.own), ...insideProblems(config, network)];
  return problems.length > 0 ? problems : moveProblems(config, staying, network.addresses);
}

function placeProblems(wanted: ClusterConfig["network"], own: RecordedNetwork["own"]): readonly Problem[] {
  if (own === undefined) {
    const reason = "is left out, and the machines that exist are in a network that was given";
    return wanted.existing === undefined
      ? [{ key: "existingNetwork", value: "(not set)", reason, remedy: `keep what it was; ${elsewhere}` }]
      : [];
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
