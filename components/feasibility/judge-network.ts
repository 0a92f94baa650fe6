import { Address4 } from "ip-address";
import { createdMachines, type ChangePlan, type PlannedChange } from "./change-plan";
import { valueOf } from "../cloud/answer";
import type { CloudFacts, ExistingNetworkFacts, NetworkFacts } from "../cloud/facts";
import { types } from "./planned-resources";
import { leaveUnchecked, nothingToSay, refuse, together, warn, type Verdict } from "./verdict";

/** Whether the addresses that an update takes are to be had. */
export function judgeNetwork(plan: ChangePlan, facts: CloudFacts): Verdict {
  return together([judgeExisting(plan, facts), judgeAttached(plan, facts), judgeExternal(plan)]);
}

/** The user's own network: it must be there, with a subnet that holds the machines' addresses. */
function judgeExisting(plan: ChangePlan, { existingNetwork: asked }: CloudFacts): Verdict {
  const { existing, hostCidr } = plan.config.network;
  if (existing === undefined || asked === undefined) return nothingToSay;
  const listed = (kind: "network" | "subnet"): string => `give the identifier that \`openstack ${kind} list\` shows`;
  const missing = (kind: "network" | "subnet", value: string): Verdict => {
    const answer = asked[kind];
    if (answer.kind === "known") return nothingToSay;
    const reason =
      answer.kind === "absent" ? `the cloud has no ${kind} of this identifier` : `the cloud says: ${answer.reason}`;
    return refuse(`existingNetwork.${kind}Id`, value, reason, listed(kind));
  };
  const there = [missing("network", existing.networkId), missing("subnet", existing.subnetId)];
  if (asked.subnet.kind !== "known") return together(there);
  const { networkId, cidr, dhcp, allocationPools } = asked.subnet.value;
  const inside = createdMachines(plan).filter(({ plan: { address } }) =>
    allocationPools.some(({ start, end }) => isBetween(address, start, end)),
  );
  return together([
    ...there,
    sameIdentifier(networkId, existing.networkId)
      ? nothingToSay
      : refuse(
          "existingNetwork.subnetId",
          existing.subnetId,
          `is a subnet of the network ${networkId}`,
          listed("subnet"),
        ),
    cidr === hostCidr
      ? nothingToSay
      : refuse("hostCidr", hostCidr, `the subnet of existingNetwork is ${cidr}`, `set hostCidr to ${cidr}`),
    judgeBesideExternal(plan, asked.subnet.value),
    dhcp ? nothingToSay : warn("The subnet of existingNetwork has no DHCP: machines do not get their addresses there."),
    inside.length === 0
      ? nothingToSay
      : warn(
          `The allocation pool of existingNetwork holds addresses of new machines (${addressesText(inside)}): ` +
            "the cloud may have given them to others, or will. Let the pool end below .10.",
        ),
  ]);
}

/**
 * With an interface on the external network as well, machines go by that one: they put the routes of the other one's DHCP behind, and leave its
 * resolvers out. What comes by the configuration drive alone is not in their hands.
 */
function judgeBesideExternal(
  { config: { access, network } }: ChangePlan,
  { dhcp, gateway, dnsServers }: Extract<ExistingNetworkFacts["subnet"], { kind: "known" }>["value"],
): Verdict {
  if (access.mode !== "direct" || network.existing === undefined) return nothingToSay;
  const { subnetId } = network.existing;
  return together([
    dhcp || gateway === ""
      ? nothingToSay
      : refuse(
          "existingNetwork.subnetId",
          subnetId,
          `has the gateway ${gateway} and no DHCP: with access direct machines would have two equal default routes`,
          `openstack subnet set --gateway none ${subnetId}, or another access`,
        ),
    dnsServers.length === 0 || network.dnsServers.length > 0
      ? nothingToSay
      : warn(
          `The subnet of existingNetwork names resolvers (${dnsServers.join(", ")}): with access direct machines use ` +
            "those of the external network. To have them use others, give dnsServers.",
        ),
  ]);
}

/** Networks of others, and of the user's own, to which machines are attached. */
function judgeAttached(plan: ChangePlan, { attached, standing }: CloudFacts): Verdict {
  const { access, network } = plan.config;
  const existing = valueOf(attached.existing);
  const external = valueOf(attached.external);
  if (attached.external !== undefined && attached.external.kind === "unanswered") {
    return leaveUnchecked("whether machines may be attached to the external network", attached.external.reason);
  }
  return together([
    existing?.portSecurity !== false || network.existing === undefined
      ? nothingToSay
      : refuse(
          "existingNetwork.networkId",
          network.existing.networkId,
          "has port security off, and Neutron refuses ports with security groups there",
          `\`openstack network set --enable-port-security ${network.existing.networkId}\`, or name another network`,
        ),
    external?.portSecurity !== false || access.mode !== "direct"
      ? nothingToSay
      : refuse(
          "externalNetwork",
          access.externalNetwork,
          "has port security off, and Neutron refuses ports with security groups there",
          "set access to floatingIp, or name another network",
        ),
    external === undefined || access.mode !== "direct"
      ? nothingToSay
      : judgeUnshared(plan, external, access.externalNetwork, valueOf(standing)?.isAdministrator === true),
  ]);
}

/**
 * Nova attaches servers of ordinary users to no external network that is not shared (`_check_external_network_attach` in nova/network/neutron.py),
 * unless its operator has given them the right `network:attach_external_network`, which nobody can ask for.
 */
function judgeUnshared(plan: ChangePlan, facts: NetworkFacts, name: string, isAdministrator: boolean): Verdict {
  const isAttached = plan.state.some((one) => one.type === types.port && one.name.endsWith("-port-external"));
  if (!facts.external || facts.shared || facts.own || isAdministrator || isAttached) return nothingToSay;
  return warn(
    `externalNetwork ${name} is not shared: with access direct, Nova refuses to attach servers of ordinary users to it, unless the cloud's ` +
      "operator allows that, which cannot be asked. Where it does not, servers end in ERROR: set access to floatingIp.",
  );
}

/** What the external network has left is for administrators of the cloud to know. */
function judgeExternal(plan: ChangePlan): Verdict {
  const { access } = plan.config;
  if (access.mode === "none" || createdMachines(plan).length === 0) return nothingToSay;
  return leaveUnchecked(
    `free addresses of ${access.externalNetwork}`,
    "clouds show the addresses of an external network to their administrators alone",
  );
}

function addressesText(machines: readonly PlannedChange[]): string {
  const [first, ...rest] = machines.map(({ plan: { address } }) => address);
  return rest.length === 0 ? (first ?? "") : `${first ?? ""} and ${rest.length} more`;
}

function isBetween(address: string, start: string, end: string): boolean {
  const number = (text: string): bigint => new Address4(text).bigInt();
  return Address4.isValid(start) && number(address) >= number(start) && number(address) <= number(end);
}

/** Identifiers may be written with dashes or without. */
function sameIdentifier(one: string, other: string): boolean {
  const digits = (text: string): string => text.replaceAll("-", "").toLowerCase();
  return digits(one) === digits(other);
}
