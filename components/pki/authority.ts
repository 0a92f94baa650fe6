import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { AuthorityName } from "./certificates";

export interface AuthorityArgs {
  readonly authority: AuthorityName;
  /** Prefix of the subject, so that authorities of two clusters can be told apart. */
  readonly clusterName: string;
  /** Validity, hours. */
  readonly validityHours: number;
  /** Whether the engine refuses to delete or replace it. */
  readonly protect: boolean;
}

/** A self-signed certificate authority, EC P-256, that signs leaves only (path length 0). */
export class Authority extends pulumi.ComponentResource {
  /** PEM. */
  readonly certificate: pulumi.Output<string>;
  /** PEM, secret. */
  readonly privateKey: pulumi.Output<string>;
  /** RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  constructor(name: string, args: AuthorityArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:pki:Authority", name, {}, options);
    const child = { parent: this, protect: args.protect };
    const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, child);
    const certificate = new tls.SelfSignedCert(
      `${name}-certificate`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: `${args.clusterName}-${args.authority}-authority` },
        isCaCertificate: true,
        maxPathLength: 0,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        setSubjectKeyId: true,
        validityPeriodHours: args.validityHours,
      },
      child,
    );
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.expiry = certificate.validityEndTime;
    this.registerOutputs({ certificate: this.certificate, expiry: this.expiry });
  }
}
