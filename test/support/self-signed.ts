import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";

/** A key on P-256, as the tls provider makes it: SEC 1 form, PEM. */
export function privateKey(): string {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  }).privateKey;
}

/**
 * The certificate of an authority, PEM, made by openssl.
 * @param mask which forms of text its name may have
 */
export function selfSigned(commonName: string, key: string, mask: "pkix" | "utf8only" = "pkix"): string {
  const configuration = [
    ...["[req]", "prompt=no", "distinguished_name=name", `string_mask=${mask}`, "x509_extensions=ca"],
    ...["[name]", `CN=${commonName}`],
    ...["[ca]", "basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"],
    "subjectKeyIdentifier=hash",
  ].join("\n");
  const script = 'openssl req -x509 -days 3650 -key <(printf %s "$1") -config <(printf "%s\\n" "$2")';
  return execFileSync("bash", ["-c", script, "bash", key, configuration], { encoding: "utf8" });
}
