import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Authority } from "./authority";
import type { CertificateSpecification } from "./certificates";

export interface LeafCertificateArgs {
  readonly specification: CertificateSpecification;
  readonly authority: Authority;
  /** Further IP addresses the certificate serves, known only once the cloud gave them. */
  readonly extraIpAddresses: pulumi.Input<readonly string[]>;
  /** Validity, hours. */
  readonly validityHours: number;
  /** Whether a machine has it, which an earlier version made and which stays. */
  readonly isHeldByMachine: boolean;
  /** One that no machine holds is issued anew this many hours before it expires. */
  readonly earlyRenewalHours: number;
  /** Another value makes another key and certificate. */
  readonly generation: number;
}

/** One row of the certificate table made real: a key, a request and the certificate that its authority signed. */
export class LeafCertificate extends pulumi.ComponentResource {
  /** PEM. */
  readonly certificate: pulumi.Output<string>;
  /** PEM, secret. */
  readonly privateKey: pulumi.Output<string>;
  /** RFC 3339. */
  readonly expiry: pulumi.Output<string>;

  constructor(name: string, args: LeafCertificateArgs, options?: pulumi.ComponentResourceOptions) {
    super("kovhernetes:pki:LeafCertificate", name, {}, options);
    const { specification } = args;
    const key = new tls.PrivateKey(
      `${name}-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, replacementTrigger: args.generation },
    );
    const request = new tls.CertRequest(
      `${name}-request`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: {
          commonName: specification.commonName,
          ...(specification.organization === undefined ? {} : { organization: specification.organization }),
        },
        dnsNames: [...specification.dnsNames],
        ipAddresses: pulumi
          .output(args.extraIpAddresses)
          .apply((extra) => [...new Set([...specification.ipAddresses, ...extra])]),
      },
      { parent: this },
    );
    const certificate = new tls.LocallySignedCert(
      `${name}-certificate`,
      {
        certRequestPem: request.certRequestPem,
        caCertPem: args.authority.certificate,
        caPrivateKeyPem: args.authority.privateKey,
        allowedUses: [...specification.usages],
        validityPeriodHours: args.validityHours,
        // The state never holds a newer one than the machine does.
        earlyRenewalHours: args.isHeldByMachine ? 0 : args.earlyRenewalHours,
      },
      // Another validity comes with another machine: a newer certificate in the state would hide when this one's ends.
      { parent: this, ignoreChanges: args.isHeldByMachine ? ["validityPeriodHours"] : [] },
    );
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.expiry = certificate.validityEndTime;
    // The certificate is in the state twice already: of its child, and in user data.
    this.registerOutputs({ expiry: this.expiry });
  }
}
