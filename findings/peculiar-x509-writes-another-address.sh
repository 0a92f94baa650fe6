#!/usr/bin/env bash
# @peculiar/x509 writes another address into a certificate's alternative names than it was given, when an address of version 6 ends in
# the dotted form; and a serial number of zero becomes a random one.
#
# Guessed before: ::ffff:10.0.0.1 is ::ffff:a00:1; "00" is refused or taken.
# Seen: ::ffff:10, without a word; 16 random bytes.
# With: @peculiar/x509 2.2.0 (npm), Node 20 or newer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error @peculiar/x509@2.2.0 reflect-metadata@0.2.2
cat > names.cjs <<'SCRIPT'
require("reflect-metadata");
const x509 = require("@peculiar/x509");
const { webcrypto } = require("node:crypto");
const { X509Certificate } = require("node:crypto");
x509.cryptoProvider.set(webcrypto);

(async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "00",
    name: "CN=server",
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2027-01-01"),
    signingAlgorithm: algorithm,
    keys,
    extensions: ["10.0.0.1", "::ffff:a00:1", "::ffff:10.0.0.1"].map(
      (value) => new x509.SubjectAlternativeNameExtension([{ type: "ip", value }]),
    ),
  });
  for (const extension of certificate.getExtensions(x509.SubjectAlternativeNameExtension)) {
    console.log(new x509.SubjectAlternativeNameExtension(extension.rawData).names.toJSON()[0].value);
  }
  // Node's own reading, so that it is the certificate that is said, not its reader.
  console.log(`serial number of zero: ${BigInt(`0x${new X509Certificate(certificate.toString("pem")).serialNumber}`) === 0n}`);
})();
SCRIPT
node names.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
10.0.0.1
::ffff:a00:1
::ffff:10
serial number of zero: false
SEEN
echo "as found"
