import { gzipSync } from "fflate";

/** Most that Nova takes: characters of the user data in base64 (`MAX_USERDATA_SIZE` in nova/api/validation/parameter_types.py). */
export const userDataLimit = 65_535;

/**
 * The form in which user data goes to the OpenStack provider, which encodes plain text in base64 and leaves base64 as it is.
 * Plain text while that fits, else gzip in base64, which cloud-init unpacks.
 * @throws when the compressed form is too large as well
 */
export function encodeUserData(text: string): string {
  const plainSize = base64Size(Buffer.byteLength(text));
  if (plainSize <= userDataLimit) return text;
  const encoded = compress(text);
  if (encoded.length <= userDataLimit) return encoded;
  throw new Error(
    `user data is too large: ${encoded.length} characters of base64 after compression (${plainSize} before), and Nova takes ` +
      `at most ${userDataLimit}. Shorten node labels, taints, registryMirrors or artifacts.checksums, or use EC keys in place of RSA.`,
  );
}

/** What Nova counts of a text of user data in the form that `encodeUserData` chooses: characters of base64, also beyond the limit. */
export function userDataSize(text: string): number {
  const plainSize = base64Size(Buffer.byteLength(text));
  return plainSize <= userDataLimit ? plainSize : compress(text).length;
}

function compress(text: string): string {
  // Node's own zlib gives other bytes on other versions and processors, which would read as another user data. This library is
  // JavaScript throughout, and a fixed time keeps the clock out of its header.
  return Buffer.from(gzipSync(Buffer.from(text), { level: 9, mtime: 0 })).toString("base64");
}

function base64Size(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
