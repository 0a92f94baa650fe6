import { createPrivateKey, generateKeyPairSync, webcrypto } from "node:crypto";
import type { CertificateSpecification } from "./certificates";

/** A certificate and its private key, both PEM. */
export interface PemPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a certificate is to say. */
export interface CertificateRequest extends Pick<
  CertificateSpecification,
  "commonName" | "organization" | "usages" | "dnsNames" | "ipAddresses"
> {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * Makes a key, EC P-256, and has an authority sign a certificate for it, as the tls provider does, but without a trace in the stack's state: see
 * docs/decisions/0039-certificates-of-machines-are-not-resources.md.
 *
 * @param issuer an authority with a key on P-256
 * @returns the certificate, and the key in SEC 1 form
 * @throws when the issuer's key is of another kind
 */
export async function issuePair(issuer: PemPair, request: CertificateRequest): Promise<PemPair> {
  const x509 = await library();
  const authority = new x509.X509Certificate(issuer.certificate);
  const signingKey = (await webcrypto.subtle.importKey(
    "pkcs8",
    createPrivateKey(issuer.privateKey).export({ type: "pkcs8", format: "der" }),
    algorithm,
    false,
    ["sign"],
  )) as CryptoKey;
  const keys = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [
      ...(request.organization === undefined ? [] : [{ O: [request.organization] }]),
      { CN: [request.commonName] },
    ],
    // As it is, byte by byte: that is how an authority is found.
    issuer: authority.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    extensions: extensions(x509, authority, request),
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: keys.privateKey };
}

type X509 = typeof import("@peculiar/x509");

function extensions(x509: X509, authority: InstanceType<X509["X509Certificate"]>, request: CertificateRequest) {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const issuerKey = authority.getExtension(x509.SubjectKeyIdentifierExtension);
  const names = [
    ...request.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...request.ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([
      ...(request.usages.includes("server_auth") ? [serverAuth] : []),
      ...(request.usages.includes("client_auth") ? [clientAuth] : []),
    ]),
    ...(issuerKey === null ? [] : [new x509.AuthorityKeyIdentifierExtension(issuerKey.keyId)]),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

/** Loaded when the first certificate is issued: a program that refuses its configuration needs none. */
async function library(): Promise<X509> {
  // What the library keeps its registry by; it has to be there first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto as unknown as Crypto);
  return x509;
}
