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

/** Why names from outside are not answered as they should be. */
export interface OutsideProblem {
  readonly text: string;
  /** Whether it has been so for as long as is waited for it: of a resolver that fails for good, waiting makes nothing better. */
  readonly isFinal: boolean;
}

/** Looks whether names from outside are answered, again and again. That none is answered is for a closed network to be, and told. */
export class OutsideNames {
  private partialSince: number | undefined;

  /**
   * @param patience minutes for which some names may go unanswered while others are: what starts answers soon
   * @param now milliseconds
   */
  constructor(
    private readonly client: ClusterClient,
    private readonly dns: DnsExpectation,
    private readonly teller: Pick<Teller, "tell" | "warn">,
    private readonly patience: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns nothing when all is well, or nothing of it is to be waited for */
  async problem(): Promise<OutsideProblem | undefined> {
    const { outside } = this.dns;
    if (outside === undefined) return undefined;
    const names = freshNames(outside.zone, outsideNames);
    try {
      const verdict = judgeOutside(await this.client.askEach(names, this.dns), names);
      if (verdict.kind === "some") return this.partial(verdict.text);
      this.partialSince = undefined;
      if (verdict.kind === "all") this.teller.tell("outside", "cluster DNS answers for names from outside");
      else if (outside.isClosed)
        this.teller.tell("outside", `cluster DNS knows no names from outside: ${verdict.text}`);
      else this.teller.warn(`Pods find no name from outside: ${verdict.text}. ${resolverRemedy}`);
      return undefined;
    } catch (error) {
      return { text: reasonOf(error), isFinal: false };
    }
  }

  /** Told at once, with the resolver: it is for somebody to act upon while the rest goes on. */
  private partial(text: string): OutsideProblem {
    if (this.partialSince === undefined) {
      const minutes = String(Math.ceil(this.patience));
      this.teller.warn(
        `Pods find names from outside now and then only: ${text}. ${resolverRemedy} Unless that ends, this update does in ${minutes} minutes.`,
      );
    }
    this.partialSince ??= this.now();
    return {
      text: `cluster DNS answers for names from outside now and then: ${text}. ${resolverRemedy}`,
      isFinal: this.now() - this.partialSince >= this.patience * 60_000,
    };
  }
}

const resolverRemedy =
  "Machines ask the resolvers that their networks' DHCP names, or dnsServers; one that is made anew (generation) takes what is set now.";
