import { Address4 } from "ip-address";
import type { NodePoolConfig } from "../model/cluster";

/** Host numbers of the host network that are given away once and for all. */
export const hostNumbers = {
  gateway: 1,
  /** Left to Neutron's own ports: DHCP, load balancers. */
  allocationFirst: 2,
  allocationLast: 9,
  masterFirst: 10,
  masterLast: 14,
  /** Where nodes may begin, and where the first pool begins unless it says otherwise. */
  nodeFirst: 15,
} as const;

/** Address number within the service network of the cluster's DNS; `.1` is the API, as Kubernetes itself decides. */
const dnsServiceNumber = 10;
export type PoolRequest = Pick<NodePoolConfig, "name" | "count" | "addressOffset">;

export interface AddressRequest {
  readonly hostCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly masterCount: number;
  readonly pools: readonly PoolRequest[];
}

/** Who has which IPv4 address; follows from the configuration alone. */
export interface AddressPlan {
  readonly hostCidr: string;
  /** Prefix length of the host network. */
  readonly prefixLength: number;
  readonly gateway: string;
  /** First and last address that Neutron may give to its own ports. */
  readonly allocationPool: { readonly start: string; readonly end: string };
  /** Addresses of the masters, by ordinal. */
  readonly masters: readonly string[];
  /** Addresses of the nodes, by name of the pool and ordinal. */
  readonly pools: Readonly<Record<string, readonly string[]>>;
  /** First address of the service network, where pods find the API. */
  readonly apiServiceAddress: string;
  /** Tenth address of the service network, where pods find the cluster's DNS. */
  readonly dnsServiceAddress: string;
}

/** The address with this number in a network, 0 being the network address. */
function addressAt(cidr: string, number: number): string {
  const network = new Address4(cidr);
  const address = Address4.fromInteger(Number(network.startAddress().bigInt()) + number);
  if (!address.isInSubnet(network)) throw new RangeError(`${cidr} has no address number ${number}`);
  return address.correctForm();
}

/** Where the API server of the master is asked that has this address. */
export function apiUrlAt(address: string): string {
  return `https://${address}:6443`;
}

/** Where the cluster's DNS is in a service network. */
export function dnsAddress(serviceCidr: string): string {
  return addressAt(serviceCidr, dnsServiceNumber);
}

function addressesFrom(cidr: string, first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, ordinal) => addressAt(cidr, first + ordinal));
}

/**
 * Gives every machine and service its address. An address depends on its own pool's offset and its ordinal, never on
 * another pool or on what exists already.
 *
 * @throws RangeError when a network is too small, which `addressProblems` says with a remedy, or for more masters than addresses are kept for
 */
export function planAddresses(request: AddressRequest): AddressPlan {
  const { hostCidr, serviceCidr, masterCount, pools } = request;
  const most = hostNumbers.masterLast - hostNumbers.masterFirst + 1;
  if (masterCount > most) throw new RangeError(`there are addresses for ${most} masters, not for ${masterCount}`);
  return {
    hostCidr,
    prefixLength: new Address4(hostCidr).subnetMask,
    gateway: addressAt(hostCidr, hostNumbers.gateway),
    allocationPool: {
      start: addressAt(hostCidr, hostNumbers.allocationFirst),
      end: addressAt(hostCidr, hostNumbers.allocationLast),
    },
    masters: addressesFrom(hostCidr, hostNumbers.masterFirst, masterCount),
    pools: Object.fromEntries(
      pools.map(({ name, addressOffset, count }) => [name, addressesFrom(hostCidr, addressOffset, count)]),
    ),
    apiServiceAddress: addressAt(serviceCidr, 1),
    dnsServiceAddress: dnsAddress(serviceCidr),
  };
}
