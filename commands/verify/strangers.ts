import { webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A key pair in PEM. */
export interface MadePair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** An authority's pair in PEM, out of the stack's state. */
export type AuthorityPair = MadePair;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;
/** A subject that would be an administrator, whatever the authorization mode, if its authority counted. */
const subject = "O=system:masters,CN=kubernetes-break-glass";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** A valid client certificate of an authority that no cluster knows. */
export async function strangersPair(): Promise<MadePair> {
  const keys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=stranger",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + hour),
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return issue(authority.subject, keys.privateKey, new Date(Date.now() + hour));
}

/** A client certificate that an authority of the cluster did sign, and that ended an hour ago. */
export async function expiredPair(authority: AuthorityPair): Promise<MadePair> {
  const certificate = new x509.X509Certificate(authority.certificate);
  const pkcs8 = x509.PemConverter.decodeFirst(await toPkcs8(authority.privateKey));
  const key = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  return issue(certificate.subject, key as CryptoKey, new Date(Date.now() - hour));
}

async function issue(issuer: string, signingKey: CryptoKey, notAfter: Date): Promise<MadePair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(notAfter.getTime() - 24 * hour),
    notAfter,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { certificate: certificate.toString("pem"), privateKey: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** The tls provider writes EC keys in SEC 1 (`EC PRIVATE KEY`), which Web Cryptography does not read. */
async function toPkcs8(pem: string): Promise<string> {
  const { createPrivateKey } = await import("node:crypto");
  return createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }).toString();
}
