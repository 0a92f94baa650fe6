import * as pulumi from "@pulumi/pulumi";
import type { AuthorityPlan } from "../plan/authorities";
import type { CertificateConfig } from "../model/cluster";
import type { IssuedLeaf } from "../model/recorded";
import { bundle } from "./bundle";
import type { Authority } from "./authority";
import {
  administratorHolder,
  certificateTable,
  type AdministratorPurpose,
  type AuthorityName,
  type CertificateHolder,
  type CertificatePurpose,
  type MasterPurpose,
  type NodePurpose,
} from "./certificates";
import { certificateName, LeafCertificate } from "./leaf-certificate";
import { makeAuthorities, type NumberedAuthorities } from "./numbered-authorities";
import { validityOfNew } from "./validity";

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
  /** Certificates of the stack's state, by logical name. */
  readonly recordedLeaves: Readonly<Record<string, IssuedLeaf>>;
  /** Whether the engine refuses to delete or replace what everything else hangs on: authorities and keys of ServiceAccount tokens that issue. */
  readonly protectAuthorities: boolean;
}

/** PEM pair as outputs; the private key is secret. */
export interface KeyPairOutput {
  readonly certificate: pulumi.Output<string>;
  readonly privateKey: pulumi.Output<string>;
}

/** The authorities, every leaf of the certificate table, and the key pairs of ServiceAccount tokens. */
export class Pki extends pulumi.ComponentResource {
  /** Those that issue for new machines and the administrator. */
  readonly authorities: Readonly<Record<AuthorityName, Authority>>;
  /** Certificates of all that new machines and the administrator trust, PEM, one after another. */
  readonly trusted: Readonly<Record<AuthorityName, pulumi.Output<string>>>;
  /** Public keys by which tokens are known, PEM, one after another, and the private key that signs them, secret. */
  readonly serviceAccount: { readonly publicKey: pulumi.Output<string>; readonly privateKey: pulumi.Output<string> };
  /** When the first certificate ends that is in use, of machines, administrators and authorities alike, RFC 3339. */
  readonly earliestExpiry: pulumi.Output<string>;

  private readonly leaves = new Map<string, LeafCertificate>();
  private readonly numbered = new Map<number, NumberedAuthorities>();

  constructor(
    name: string,
    private readonly args: PkiArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("kovhernetes:pki:Pki", name, {}, options);
    const { target, made, issuers } = args.authorities;
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
    const now = new Date();
    for (const specification of certificateTable(args)) {
      const generation = args.generations[specification.holder];
      const isHeldNow = args.staying.has(specification.holder);
      const leafName = `${name}-${specification.name}`;
      const recorded = args.recordedLeaves[certificateName(leafName)];
      const leaf = new LeafCertificate(
        leafName,
        {
          specification,
          authority: this.ofNumber(issuers[specification.holder] ?? target.issuing).authorities[
            specification.authority
          ],
          extraIpAddresses: specification.servesPublicAddresses
            ? (args.publicApiAddresses[specification.holder] ?? [])
            : [],
          validityHours:
            generation === undefined || isHeldNow
              ? args.certificates.validityHours
              : validityOfNew(recorded, args.certificates, now),
          isHeldByMachine: generation !== undefined,
          isHeldNow,
          earlyRenewalHours: args.certificates.earlyRenewalHours,
          generation: generation ?? 0,
        },
        { parent: this },
      );
      this.leaves.set(leafKey(specification.holder, specification.purpose), leaf);
    }
    this.earliestExpiry = this.firstExpiry(args.heldUntil);
    this.registerOutputs({ earliestExpiry: this.earliestExpiry });
  }

  /** The pair that a machine holds for a purpose. @throws Error when the table gives that machine no such pair. */
  machinePair(hostName: string, purpose: NodePurpose | MasterPurpose): KeyPairOutput {
    return this.pair(hostName, purpose);
  }

  /** When the first of the certificates expires that a machine would be made with now, RFC 3339. */
  machineExpiry(hostName: string): pulumi.Output<string> {
    const held = [...this.leaves].flatMap(([key, leaf]) => (holderOf(key) === hostName ? [leaf.expiry] : []));
    return pulumi.all(held).apply(earliest);
  }

  /** When the first certificate expires that anybody holds: of machines that stay it is their own that counts. */
  private firstExpiry(held: Readonly<Record<string, string>>): pulumi.Output<string> {
    const issued = [...this.leaves].flatMap(([key, leaf]) => (holderOf(key) in held ? [] : [leaf.expiry]));
    const authorities = this.everyAuthority().map(({ expiry }) => expiry);
    return pulumi.all([...authorities, ...issued, ...Object.values(held)]).apply(earliest);
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
    return this.pair(administratorHolder, purpose);
  }

  private ofNumber(number: number): NumberedAuthorities {
    const found = this.numbered.get(number);
    if (found === undefined) throw new Error(`authorities ${number} are used and not made`);
    return found;
  }

  private everyAuthority(): readonly Authority[] {
    return [...this.numbered.values()].flatMap(({ authorities }) => Object.values(authorities));
  }

  private pair(holder: string, purpose: CertificatePurpose): KeyPairOutput {
    const leaf = this.leaves.get(leafKey(holder, purpose));
    if (leaf === undefined) throw new Error(`no certificate for ${purpose} of ${holder}`);
    return { certificate: leaf.certificate, privateKey: leaf.privateKey };
  }
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
