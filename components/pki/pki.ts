import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateConfig } from "../config/model";
import { Authority } from "./authority";
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
import { LeafCertificate } from "./leaf-certificate";

export interface PkiArgs {
  readonly clusterName: string;
  readonly masters: readonly CertificateHolder[];
  readonly nodes: readonly CertificateHolder[];
  /** Address of the `kubernetes` service in the service network. */
  readonly apiServiceAddress: string;
  readonly clusterDomain: string;
  /** Whether masters get the identity of the proxy that offers the API on their loopback. */
  readonly localhostApi: boolean;
  /** Public IPv4 addresses of the API, added to the API server's certificate. */
  readonly publicApiAddresses: pulumi.Input<readonly string[]>;
  readonly certificates: CertificateConfig;
  /** Generation of each machine, by host name: its keys and certificates are those of its generation. */
  readonly generations: Readonly<Record<string, number>>;
  /** Whether the engine refuses to delete or replace what everything else hangs on: authorities and the key of ServiceAccount tokens. */
  readonly protectAuthorities: boolean;
}

/** PEM pair as outputs; the private key is secret. */
export interface KeyPairOutput {
  readonly certificate: pulumi.Output<string>;
  readonly privateKey: pulumi.Output<string>;
}

/** The authorities, every leaf of the certificate table, and the key pair that signs ServiceAccount tokens. */
export class Pki extends pulumi.ComponentResource {
  readonly authorities: Readonly<Record<AuthorityName, Authority>>;
  /** PEM pair; the private key is secret. */
  readonly serviceAccount: { readonly publicKey: pulumi.Output<string>; readonly privateKey: pulumi.Output<string> };
  /** Expiry of the certificate that ends first, leaves and authorities alike, RFC 3339. */
  readonly earliestExpiry: pulumi.Output<string>;

  private readonly leaves = new Map<string, LeafCertificate>();

  constructor(name: string, args: PkiArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:pki:Pki", name, {}, options);
    const authority = (authorityName: AuthorityName): Authority =>
      new Authority(
        `${name}-${authorityName}-authority`,
        {
          authority: authorityName,
          clusterName: args.clusterName,
          validityHours: args.certificates.authorityValidityHours,
          protect: args.protectAuthorities,
        },
        { parent: this },
      );
    this.authorities = {
      kubernetes: authority("kubernetes"),
      etcd: authority("etcd"),
      "front-proxy": authority("front-proxy"),
    };
    for (const specification of certificateTable(args)) {
      const generation = args.generations[specification.holder];
      const leaf = new LeafCertificate(
        `${name}-${specification.name}`,
        {
          specification,
          authority: this.authorities[specification.authority],
          extraIpAddresses: specification.servesPublicAddresses ? args.publicApiAddresses : [],
          validityHours: args.certificates.validityHours,
          // A machine gets its pairs when it is made: the state never holds a newer one than the machine does.
          earlyRenewalHours: generation === undefined ? args.certificates.earlyRenewalHours : 0,
          generation: generation ?? 0,
        },
        { parent: this },
      );
      this.leaves.set(leafKey(specification.holder, specification.purpose), leaf);
    }
    const serviceAccount = new tls.PrivateKey(
      `${name}-service-account-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, protect: args.protectAuthorities },
    );
    this.serviceAccount = {
      publicKey: serviceAccount.publicKeyPem,
      privateKey: pulumi.secret(serviceAccount.privateKeyPem),
    };
    // RFC 3339 in UTC sorts as text only when the offsets are equal, so instants are compared.
    this.earliestExpiry = pulumi
      .all([...Object.values(this.authorities), ...this.leaves.values()].map((issued) => issued.expiry))
      .apply((expiries) => [...expiries].sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? "");
    this.registerOutputs({ earliestExpiry: this.earliestExpiry });
  }

  /** The pair that a machine holds for a purpose. @throws Error when the table gives that machine no such pair. */
  machinePair(hostName: string, purpose: NodePurpose | MasterPurpose): KeyPairOutput {
    return this.pair(hostName, purpose);
  }

  /** When the first of a machine's certificates expires, RFC 3339, by host name. */
  machineExpiries(): pulumi.Output<Readonly<Record<string, string>>> {
    const held = [...this.leaves].map(([key, leaf]) => ({ holder: holderOf(key), expiry: leaf.expiry }));
    return pulumi.all(held).apply((list) => {
      const first: Record<string, string> = {};
      for (const { holder, expiry } of list) {
        if (Date.parse(expiry) < Date.parse(first[holder] ?? "9999-12-31")) first[holder] = expiry;
      }
      return first;
    });
  }

  /** The pair of the administrator, or of the break-glass identity. */
  administratorPair(purpose: AdministratorPurpose): KeyPairOutput {
    return this.pair(administratorHolder, purpose);
  }

  private pair(holder: string, purpose: CertificatePurpose): KeyPairOutput {
    const leaf = this.leaves.get(leafKey(holder, purpose));
    if (leaf === undefined) throw new Error(`no certificate for ${purpose} of ${holder}`);
    return { certificate: leaf.certificate, privateKey: leaf.privateKey };
  }
}

function holderOf(key: string): string {
  return key.split("/")[0] ?? key;
}

function leafKey(holder: string, purpose: CertificatePurpose): string {
  return `${holder}/${purpose}`;
}
