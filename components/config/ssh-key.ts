import { looksLikePrivateKey, type Flaw } from "../model/problems";

/** Number of fields in the blob of each key type that OpenSSH servers of the supported distributions accept, see `PubkeyAcceptedAlgorithms` in sshd_config(5). */
const fieldsOfType: Readonly<Record<string, number>> = {
  "ssh-ed25519": 2,
  "ssh-rsa": 3,
  "ecdsa-sha2-nistp256": 3,
  "ecdsa-sha2-nistp384": 3,
  "ecdsa-sha2-nistp521": 3,
  "sk-ssh-ed25519@openssh.com": 3,
  "sk-ecdsa-sha2-nistp256@openssh.com": 4,
};
const keyTypes = Object.keys(fieldsOfType);

/** Bits below which no OpenSSH server takes an RSA key, see `RequiredRSASize` in sshd_config(5). */
const leastRsaBits = 1024;

const remedy = "give the one line of a .pub file, for instance the output of `cat ~/.ssh/id_ed25519.pub`";

/** The length-prefixed strings of a public key blob, RFC 4253 section 6.6; `undefined` when it is cut short. */
function blobFields(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  let position = 0;
  while (position < blob.length) {
    if (position + 4 > blob.length) return undefined;
    const end = position + 4 + blob.readUInt32BE(position);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(position + 4, end));
    position = end;
  }
  return fields;
}

/** Length of a number as RFC 4251 writes it, with its first bit 0. */
function bitsOf(number: Buffer = Buffer.alloc(0)): number {
  return number.toString("hex").replace(/^0+/, "").length * 4;
}

/** What keeps a text from being one OpenSSH public key line; never repeats the text. */
export function publicKeyFlaw(text: string): Flaw | undefined {
  if (looksLikePrivateKey(text)) {
    return {
      reason: "is a private key; it now lies in the stack file in clear",
      remedy: `remove it there and from the history of the repository, make a new key pair, and ${remedy}`,
    };
  }
  if (/[\r\n]/.test(text.trim())) return { reason: "has more than one line", remedy };
  const [type = "", encoded = ""] = text.trim().split(/\s+/);
  if (!keyTypes.includes(type)) {
    return { reason: `does not begin with a key type (${keyTypes.join(", ")})`, remedy };
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return { reason: `has no base64 key after ${type}`, remedy };
  const fields = blobFields(Buffer.from(encoded, "base64"));
  const inner = fields?.[0]?.toString("latin1");
  if (fields === undefined || fields.length < 2) return { reason: "is cut short or damaged", remedy };
  if (inner !== type) return { reason: `says ${type}, but the key inside is of another type`, remedy };
  if (fields.length !== fieldsOfType[type]) return { reason: "is cut short or damaged", remedy };
  return type === "ssh-rsa" && bitsOf(fields[2]) < leastRsaBits
    ? {
        reason: `is an RSA key of less than ${leastRsaBits} bits, which no sshd takes`,
        remedy: `make another key, and ${remedy}`,
      }
    : undefined;
}

/** A public key as it may be shown: its type and length, since a wrong paste may be anything. */
export function displayPublicKey(text: string): string {
  const [type = ""] = text.trim().split(/\s+/);
  const length = `${text.length} characters, not shown`;
  return keyTypes.includes(type) ? `${type} … (${length})` : `(${length})`;
}
