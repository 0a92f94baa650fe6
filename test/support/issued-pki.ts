import { generateKeyPairSync, webcrypto } from "node:crypto";
import * as net from "node:net";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "../../cloudinit/machine";
import { authoritySuffix } from "../../components/model/authorities";
import {
  certificateTable,
  type AuthorityName,
  type CertificatePurpose,
  type CertificateTableArgs,
  type CertificateUsage,
} from "../../components/pki/certificates";
import { issuePair } from "../../components/pki/issue";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 24 * 3_600_000;

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** What a certificate says, in the terms of the certificate table. */
export interface Request {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly usages: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** An authority as `@pulumi/tls` makes it for a stack, in memory. */
export class TestAuthority {
  private constructor(readonly pair: KeyPair) {}

  static async create(name: string): Promise<TestAuthority> {
    const keys = await generateKeys();
    const own = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new TestAuthority(await pem(own, keys));
  }

  /** By the program's own code: what accepts these accepts the machines'. */
  issue(request: Request): Promise<KeyPair> {
    const { commonName, organization, dnsNames } = request;
    const subject = { commonName, ...(organization === undefined ? {} : { organization }) };
    const usages = request.usages as readonly CertificateUsage[];
    // Of nothing that is no address yet, as in a preview.
    const ipAddresses = request.ipAddresses.filter((value) => net.isIP(value) > 0);
    return issuePair(this.pair, { ...subject, usages, dnsNames, ipAddresses, ...validity() });
  }
}

/**
 * Three authorities and every pair of the certificate table, by holder and purpose.
 * @param number of the authorities, where there are several
 */
export async function issueTable(args: CertificateTableArgs, number = 1) {
  const create = (name: AuthorityName): Promise<TestAuthority> =>
    TestAuthority.create(`${name}${authoritySuffix(number)}`);
  const authorities: Record<AuthorityName, TestAuthority> = {
    kubernetes: await create("kubernetes"),
    etcd: await create("etcd"),
    "front-proxy": await create("front-proxy"),
  };
  const pairs = new Map<string, KeyPair>();
  for (const row of certificateTable(args)) {
    pairs.set(`${row.holder}/${row.purpose}`, await authorities[row.authority].issue(row));
  }
  const pair = (holder: string, purpose: CertificatePurpose): KeyPair => {
    const found = pairs.get(`${holder}/${purpose}`);
    if (found === undefined) throw new Error(`no ${purpose} of ${holder}`);
    return found;
  };
  return { authorities, pair };
}

/** The pair that signs ServiceAccount tokens. */
export function serviceAccountPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
}

async function generateKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function pem(certificate: x509.X509Certificate, keys: CryptoKeyPair): Promise<KeyPair> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    privateKey: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
  };
}
