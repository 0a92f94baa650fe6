import * as pulumi from "@pulumi/pulumi";
import type { AuthorityPlan } from "../plan/authorities";
import type { CertificateConfig } from "../model/cluster";
import { bundle } from "./bundle";
import type { Authority } from "./authority";
import {
  administratorHolder,
  certificateTable,
  type AdministratorPurpose,
  type AuthorityName,
  type CertificateHolder,
  type CertificatePurpose,
  type CertificateSpecification,
  type MasterPurpose,
  type NodePurpose,
} from "./certificates";
import { issuePair } from "./issue";
import { LeafCertificate } from "./leaf-certificate";
import { makeAuthorities, type NumberedAuthorities } from "./numbered-authorities";

const hour = 3_600_000;

export interface PkiArgs {
  readonly clusterName: string;
  readonly masters: readonly CertificateHolder[];
  readonly nodes: readonly CertificateHolder[];
  /** Address of the `kubernetes` service in the service network. */
  readonly apiServiceAddress: string;
  readonly clusterDomain: string;
  /** Whether masters get the identity of the proxy that offers the API on their loopback. */
  readonly localhostApi: boolean;
  /**
   * Public IPv4 addresses of each master's API server, by host name, added to that server's certificate alone: a master more changes no other's
   * certificate.
   */
  readonly publicApiAddresses: Readonly<Record<string, pulumi.Input<readonly string[]>>>;
  readonly certificates: Omit<CertificateConfig, "authorities">;
  /** Which authorities there are, and from which each machine's certificates come. */
  readonly authorities: AuthorityPlan;
  /** Generation of each machine, by host name: its keys and certificates are those of its generation. */
  readonly generations: Readonly<Record<string, number>>;
  /**
   * When the first certificate ends that a machine holds which stays, RFC 3339, by host name. The state may have a newer one: the tls provider
   * issues an ended certificate anew, which no machine gets to know.
   */
  readonly heldUntil: Readonly<Record<string, string>>;
  /** Host names of machines that are there and stay: what they hold is left alone. */
  readonly staying: ReadonlySet<string>;
  /** Those of them whose keys and certificates are resources of the stack, as earlier versions made them. */
  readonly withResources: ReadonlySet<string>;
  /** Whether the engine refuses to delete or replace what everything else hangs on: authorities and keys of ServiceAccount tokens that issue. */
  readonly protectAuthorities: boolean;
}

/** PEM pair as outputs; the private key is secret. */
export interface KeyPairOutput {
  readonly certificate: pulumi.Output<string>;
  readonly privateKey: pulumi.Output<string>;
}

/**
 * The authorities, every leaf of the certificate table, and the key pairs of ServiceAccount tokens. Those of machines are issued for their user
 * data and nothing else; see docs/decisions/0039-certificates-of-machines-are-not-resources.md.
 */
export class Pki extends pulumi.ComponentResource {
  /** Those that issue for new machines and the administrator. */
  readonly authorities: Readonly<Record<AuthorityName, Authority>>;
  /** Certificates of all that new machines and the administrator trust, PEM, one after another. */
  readonly trusted: Readonly<Record<AuthorityName, pulumi.Output<string>>>;
  /** Public keys by which tokens are known, PEM, one after another, and the private key that signs them, secret. */
  readonly serviceAccount: { readonly publicKey: pulumi.Output<string>; readonly privateKey: pulumi.Output<string> };
  /** When the first certificate ends that is in use, of machines, administrators and authorities alike, RFC 3339. */
  readonly earliestExpiry: pulumi.Output<string>;

  /** Those that are resources: the administrators', and of machines that earlier versions made. */
  private readonly leaves = new Map<string, LeafCertificate>();
  /** Those of machines, of which only a new machine takes any. */
  private readonly issued = new Map<string, KeyPairOutput>();
  private readonly now = new Date(Math.floor(Date.now() / 1000) * 1000);
  private readonly numbered = new Map<number, NumberedAuthorities>();

  constructor(
    name: string,
    private readonly args: PkiArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("kovhernetes:pki:Pki", name, {}, options);
    const { target, made } = args.authorities;
    for (const { number, issues } of made) {
      const { authorityValidityHours: validityHours } = args.certificates;
      const protect = args.protectAuthorities && issues;
      this.numbered.set(
        number,
        makeAuthorities(name, { number, clusterName: args.clusterName, validityHours, protect }, this),
      );
    }
    this.authorities = this.ofNumber(target.issuing).authorities;
    const trusted = target.trusted.map((number) => this.ofNumber(number));
    const certificatesOf = (authority: AuthorityName): pulumi.Output<string> =>
      pulumi.all(trusted.map(({ authorities }) => authorities[authority].certificate)).apply(bundle);
    this.trusted = {
      kubernetes: certificatesOf("kubernetes"),
      etcd: certificatesOf("etcd"),
      "front-proxy": certificatesOf("front-proxy"),
    };
    this.serviceAccount = {
      publicKey: pulumi.all(trusted.map(({ serviceAccount }) => serviceAccount.publicKeyPem)).apply(bundle),
      privateKey: pulumi.secret(this.ofNumber(target.issuing).serviceAccount.privateKeyPem),
    };
    for (const specification of certificateTable(args)) {
      const key = leafKey(specification.holder, specification.purpose);
      if (specification.holder === administratorHolder || args.withResources.has(specification.holder))
        this.leaves.set(key, this.makeLeaf(`${name}-${specification.name}`, specification));
      if (specification.holder !== administratorHolder) this.issued.set(key, this.issue(specification));
    }
    this.earliestExpiry = this.firstExpiry(args.heldUntil);
    this.registerOutputs({ earliestExpiry: this.earliestExpiry });
  }

  /** The pair that a machine is made with for a purpose; one that stays has its own. @throws Error when the table gives that machine no such pair. */
  machinePair(hostName: string, purpose: NodePurpose | MasterPurpose): KeyPairOutput {
    return found(this.issued, hostName, purpose);
  }

  /** When the certificates expire that a machine would be made with now, RFC 3339. */
  get machineExpiry(): string {
    // Whole seconds, as certificates have them.
    return this.end.toISOString().replace(".000Z", "Z");
  }

  private get end(): Date {
    return new Date(this.now.getTime() + this.args.certificates.validityHours * hour);
  }

  /** When the first certificate expires that anybody holds: of machines that stay it is their own that counts. */
  private firstExpiry(held: Readonly<Record<string, string>>): pulumi.Output<string> {
    const leaves = [...this.leaves].flatMap(([key, leaf]) => (holderOf(key) in held ? [] : [leaf.expiry]));
    const authorities = this.everyAuthority().map(({ expiry }) => expiry);
    const isMade = Object.keys(this.args.generations).some((hostName) => !this.args.staying.has(hostName));
    const made = isMade ? [this.machineExpiry] : [];
    return pulumi.all([...authorities, ...leaves, ...made, ...Object.values(held)]).apply(earliest);
  }

  /** When the first of the authorities expires that issued something, RFC 3339, by number. */
  authorityExpiries(): pulumi.Output<Readonly<Record<number, string>>> {
    const issuing = new Set([this.args.authorities.target.issuing, ...Object.values(this.args.authorities.issuers)]);
    const expiries = [...issuing].map((number) =>
      pulumi
        .all(Object.values(this.ofNumber(number).authorities).map(({ expiry }) => expiry))
        .apply((all) => [number, earliest(all)] as const),
    );
    return pulumi.all(expiries).apply((list) => Object.fromEntries(list));
  }

  /** The pair of the administrator, or of the break-glass identity. */
  administratorPair(purpose: AdministratorPurpose): KeyPairOutput {
    return found(this.leaves, administratorHolder, purpose);
  }

  private ofNumber(number: number): NumberedAuthorities {
    const found = this.numbered.get(number);
    if (found === undefined) throw new Error(`authorities ${number} are used and not made`);
    return found;
  }

  private everyAuthority(): readonly Authority[] {
    return [...this.numbered.values()].flatMap(({ authorities }) => Object.values(authorities));
  }

  private authorityOf({ holder, authority }: CertificateSpecification): Authority {
    const { issuers, target } = this.args.authorities;
    return this.ofNumber(issuers[holder] ?? target.issuing).authorities[authority];
  }

  private extraAddressesOf({ holder, servesPublicAddresses }: CertificateSpecification) {
    return servesPublicAddresses ? (this.args.publicApiAddresses[holder] ?? []) : [];
  }

  private makeLeaf(name: string, specification: CertificateSpecification): LeafCertificate {
    const { validityHours, earlyRenewalHours } = this.args.certificates;
    const isHeldByMachine = specification.holder !== administratorHolder;
    return new LeafCertificate(
      name,
      {
        specification,
        authority: this.authorityOf(specification),
        extraIpAddresses: this.extraAddressesOf(specification),
        validityHours,
        isHeldByMachine,
        earlyRenewalHours,
        generation: this.args.generations[specification.holder] ?? 0,
      },
      { parent: this },
    );
  }

  private issue(specification: CertificateSpecification): KeyPairOutput {
    const { certificate, privateKey } = this.authorityOf(specification);
    const pair = pulumi
      .all([certificate, privateKey, this.extraAddressesOf(specification)])
      .apply(([authorityCertificate, authorityKey, extra]) =>
        issuePair(
          { certificate: authorityCertificate, privateKey: authorityKey },
          {
            ...specification,
            ipAddresses: [...new Set([...specification.ipAddresses, ...extra])],
            notBefore: this.now,
            notAfter: this.end,
          },
        ),
      );
    return { certificate: pair.apply((one) => one.certificate), privateKey: pair.apply((one) => one.privateKey) };
  }
}

function found(pairs: ReadonlyMap<string, KeyPairOutput>, holder: string, purpose: CertificatePurpose): KeyPairOutput {
  const pair = pairs.get(leafKey(holder, purpose));
  if (pair === undefined) throw new Error(`no certificate for ${purpose} of ${holder}`);
  return { certificate: pair.certificate, privateKey: pair.privateKey };
}

/** RFC 3339 in UTC sorts as text only when the offsets are equal, so instants are compared. */
function earliest(expiries: readonly string[]): string {
  return [...expiries].sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? "";
}

function holderOf(key: string): string {
  return key.split("/")[0] ?? key;
}

function leafKey(holder: string, purpose: CertificatePurpose): string {
  return `${holder}/${purpose}`;
}
