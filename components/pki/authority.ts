import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface AuthorityArgs {
  /** Of the subject: no two authorities that anybody may meet have the same. */
  readonly commonName: string;
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
        subject: { commonName: args.commonName },
        isCaCertificate: true,
        maxPathLength: 0,
        allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
        setSubjectKeyId: true,
        validityPeriodHours: args.validityHours,
      },
      // Whoever wants another validity rotates: an authority that is replaced where it stands is trusted by no machine.
      { ...child, ignoreChanges: ["validityPeriodHours"] },
    );
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.expiry = certificate.validityEndTime;
    this.registerOutputs({ certificate: this.certificate, expiry: this.expiry });
  }
}
