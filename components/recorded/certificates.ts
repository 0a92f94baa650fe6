import { z } from "zod";
import type { StateResource } from "./state";

const leafType = "tls:index/locallySignedCert:LocallySignedCert";
const leaf = z.object({ validityEndTime: z.string(), validityStartTime: z.string().optional() });
const server = z.object({ created: z.string().optional() });

/** Clocks differ, of who issues and of who makes servers; certificates of machines are valid for an hour at least. Milliseconds. */
const slack = 30 * 60_000;

/** The certificates of machines and administrators in a stack's state. */
export function leafCertificates(resources: readonly StateResource[]): readonly StateResource[] {
  return resources.filter(({ type }) => type === leafType);
}

/**
 * When the first certificate ends that a machine holds whose record does not say so, RFC 3339: those of the state are its own, unless one was
 * issued after the server was made. The tls provider issues an ended one anew whatever it is told, and the machine's own has ended by then.
 *
 * @param leaves all that are in the state
 * @param logicalName of the cluster, where it is known
 */
export function heldCertificatesEnd(
  leaves: readonly StateResource[],
  { outputs }: StateResource,
  logicalName: string | undefined,
  hostName: string,
): string | undefined {
  const made = Date.parse(server.safeParse(outputs).data?.created ?? "");
  const infix = `-pki-${hostName}-`;
  const ends = leaves.flatMap(({ name, outputs: certificate }) => {
    const start = name.indexOf(infix);
    // Of another pool's machine, whose name begins with this one's: `web-0` and `web-0-1`.
    if (start < 0 || /\d/.test(name.charAt(start + infix.length))) return [];
    if (logicalName !== undefined && name.slice(0, start) !== logicalName) return [];
    const { data } = leaf.safeParse(certificate);
    if (data === undefined) return [];
    const issued = Date.parse(data.validityStartTime ?? "");
    return [issued > made + slack ? (data.validityStartTime ?? "") : data.validityEndTime];
  });
  return ends.toSorted((one, other) => Date.parse(one) - Date.parse(other))[0];
}
