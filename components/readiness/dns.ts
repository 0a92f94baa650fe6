import { reasonOf, type ClusterClient } from "./cluster-client";
import { freshNames, judgeOutside } from "./outside-names";
import type { Teller } from "./progress-log";

/** Where the cluster's DNS runs and what it must know. */
export interface DnsExpectation {
  /** Name to ask for, for instance `kubernetes.default.svc.cluster.local`. */
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
  /** Label selector of its pods. */
  readonly labels: string;
  /** What it must know of the world; absent where there is no way outside. */
  readonly outside?: {
    /** A domain of somebody else's. */
    readonly zone: string;
    /** Whether machines get along without it, by mirrors. */
    readonly isClosed: boolean;
  };
}

/** Names from outside that each DNS server is asked for at a time: of two resolvers taken at random a bad one hides from six in one of 64 looks. */
const outsideNames = 6;

/** Why the cluster's own names are not answered; `undefined` when they are. */
export async function dnsProblem(client: ClusterClient, dns: DnsExpectation): Promise<string | undefined> {
  try {
    const addresses = await client.resolve(dns.name, dns);
    return addresses.includes(dns.address)
      ? undefined
      : `${dns.name} resolves to ${addresses.join(", ") || "nothing"}, not to ${dns.address}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Why names from outside are answered now and then only. That none is answered is for a closed network to be, and told. */
export async function outsideProblem(
  client: ClusterClient,
  dns: DnsExpectation,
  teller: Pick<Teller, "tell" | "warn">,
): Promise<string | undefined> {
  if (dns.outside === undefined) return undefined;
  const names = freshNames(dns.outside.zone, outsideNames);
  try {
    const verdict = judgeOutside(await client.askEach(names, dns), names);
    if (verdict.kind === "some") return verdict.text;
    if (verdict.kind === "all") teller.tell("outside", "cluster DNS answers for names from outside");
    else if (dns.outside.isClosed) teller.tell("outside", `cluster DNS knows no names from outside: ${verdict.text}`);
    else teller.warn(`Pods find no name from outside: ${verdict.text}. ${resolverRemedy}`);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

const resolverRemedy =
  "Machines ask the resolvers that their networks' DHCP names, or dnsServers; one that is made anew (generation) takes what is set now.";
