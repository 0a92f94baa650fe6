/**
 * Authorities have numbers, in the order in which they were made: number 2 is a kubernetes, an etcd and a front-proxy authority and a key for
 * ServiceAccount tokens, all of them new. A set says which of them are in use, by a cluster or by one machine of it.
 */
export interface AuthoritySet {
  /** Number of the authorities from which certificates and tokens come. */
  readonly issuing: number;
  /** Numbers of those that are believed: the issuing ones first, and during a rotation their successors or predecessors too. */
  readonly trusted: readonly number[];
}

/** Those of a cluster that has never had others. */
export const firstAuthorities: AuthoritySet = { issuing: 1, trusted: [1] };

const form = /^([1-9]\d{0,5})(?:\+([1-9]\d{0,5}))?$/;

/** Reads `1`, or `1+2`: the issuing number, and one beside it that is trusted as well; `undefined` for anything else. */
export function parseAuthorities(text: string): AuthoritySet | undefined {
  const [, first = "", second] = form.exec(text) ?? [];
  if (first === "") return undefined;
  const issuing = Number(first);
  if (second === undefined) return { issuing, trusted: [issuing] };
  const other = Number(second);
  return Math.abs(other - issuing) === 1 ? { issuing, trusted: [issuing, other] } : undefined;
}

/** A set as the configuration writes it. */
export function authoritiesText({ trusted }: AuthoritySet): string {
  return trusted.join("+");
}

/** Whether two machines, or a machine and the administrator, accept each other's certificates. */
export function acceptEachOther(one: AuthoritySet, other: AuthoritySet): boolean {
  return one.trusted.includes(other.issuing) && other.trusted.includes(one.issuing);
}

/** What the names of the resources of a number have in addition: nothing for the first, which were there before there were numbers. */
export function authoritySuffix(number: number): string {
  return number === 1 ? "" : `-${number}`;
}
