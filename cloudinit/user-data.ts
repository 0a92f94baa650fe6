import { gzip } from "pako";

/** Most that Nova takes: characters of the user data in base64 (`MAX_USERDATA_SIZE` in nova/api/validation/parameter_types.py). */
export const userDataLimit = 65_535;

/**
 * The form in which user data goes to the OpenStack provider, which leaves base64 as it is: gzip in base64, which cloud-init unpacks. Also
 * of a text that would fit as it is: the engine writes the whole state at every step, and user data is the largest part of it.
 * @throws when the compressed form is too large as well
 */
export function encodeUserData(text: string): string {
  const encoded = compress(text);
  if (encoded.length <= userDataLimit) return encoded;
  throw new Error(
    `user data is too large: ${encoded.length} characters of base64 after compression, and Nova takes ` +
      `at most ${userDataLimit}. Shorten userDataExtra, node labels, taints, registryMirrors or artifacts.checksums, or use EC keys in place of RSA.`,
  );
}

/** What Nova counts of a text of user data in that form: characters of base64, also beyond the limit. */
export function userDataSize(text: string): number {
  return compress(text).length;
}

function compress(text: string): string {
  // Node's own zlib gives other bytes on other versions and processors, which would read as another user data. This library is
  // zlib in JavaScript throughout, and has no time in its header.
  return Buffer.from(gzip(Buffer.from(text), { level: 9 })).toString("base64");
}
