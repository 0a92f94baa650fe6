import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { issuePair, type CertificateRequest, type PemPair } from "../../components/pki/issue";
import { privateKey, selfSigned } from "../support/self-signed";

function authority(name: string, mask: "pkix" | "utf8only" = "pkix"): PemPair {
  const key = privateKey();
  return { certificate: selfSigned(name, key, mask), privateKey: key };
}

const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const kubelet: CertificateRequest = {
  commonName: "system:node:dev-default-0",
  organization: "system:nodes",
  usages: ["digital_signature", "server_auth"],
  dnsNames: ["dev-default-0"],
  ipAddresses: ["192.168.0.15"],
  notBefore: now,
  notAfter: new Date(now.getTime() + 3_600_000),
};

describe("a pair that an authority issues", () => {
  it.each(["pkix", "utf8only"] as const)("is its own by signature, name and key identifier (%s)", async (mask) => {
    const issuer = authority("dev-kubernetes-authority", mask);
    const { certificate } = await issuePair(issuer, kubelet);
    const [leaf, root] = [new X509Certificate(certificate), new X509Certificate(issuer.certificate)];
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(issuerName(certificate)).toEqual(issuerName(issuer.certificate));
    for (const [purpose, isFit] of [
      ["sslserver", true],
      ["sslclient", false],
    ] as const) {
      expect(isAccepted(issuer.certificate, certificate, purpose)).toBe(isFit);
    }
  });

  it("is no other authority's of the same name", async () => {
    const [issuer, other] = [authority("authority"), authority("authority")];
    const { certificate } = await issuePair(issuer, kubelet);
    expect(isAccepted(issuer.certificate, certificate, "sslserver")).toBe(true);
    expect(isAccepted(other.certificate, certificate, "sslserver")).toBe(false);
  });

  it("says what was asked for, and nothing else", async () => {
    const { certificate, privateKey: key } = await issuePair(authority("authority"), kubelet);
    const leaf = new X509Certificate(certificate);
    expect(leaf.subject).toBe("O=system:nodes\nCN=system:node:dev-default-0");
    expect(leaf.subjectAltName).toBe("DNS:dev-default-0, IP Address:192.168.0.15");
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect([Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]).toEqual([
      kubelet.notBefore.getTime(),
      kubelet.notAfter.getTime(),
    ]);
    expect(key).toMatch(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
    const client = await issuePair(authority("authority"), {
      ...{ commonName: "system:kube-proxy", usages: ["digital_signature", "client_auth"] },
      ...{ dnsNames: [], ipAddresses: [], notBefore: kubelet.notBefore, notAfter: kubelet.notAfter },
    });
    const proxy = new X509Certificate(client.certificate);
    expect([proxy.subject, proxy.subjectAltName, proxy.keyUsage]).toEqual([
      "CN=system:kube-proxy",
      undefined,
      ["1.3.6.1.5.5.7.3.2"],
    ]);
  });

  it("has a key and a serial number that no other has", async () => {
    const issuer = authority("authority");
    const pairs = await Promise.all(Array.from({ length: 20 }, () => issuePair(issuer, kubelet)));
    expect(new Set(pairs.map((pair) => pair.privateKey)).size).toBe(20);
    const serials = pairs.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(BigInt(`0x${serial}`) > 2n ** 64n).toBe(true);
  });
});

/** The issuer's name, byte by byte. */
function issuerName(certificate: string): string {
  const parsed = execFileSync("openssl", ["asn1parse"], { input: certificate, encoding: "utf8" });
  return (
    parsed
      .split("\n")
      .filter((line) => /STRING +:/.test(line))[0]
      ?.replace(/^.*prim: /, "") ?? ""
  );
}

function isAccepted(authorityCertificate: string, certificate: string, purpose: string): boolean {
  const script = `openssl verify -x509_strict -purpose "$1" -CAfile <(printf %s "$2") <(printf %s "$3")`;
  try {
    execFileSync("bash", ["-c", script, "bash", purpose, authorityCertificate, certificate], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
