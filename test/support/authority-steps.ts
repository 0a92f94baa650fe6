import type { KeyPair } from "../../cloudinit/machine";
import { parseAuthorities, type AuthoritySet } from "../../components/model/authorities";
import { bundle } from "../../components/pki/bundle";
import type { AuthorityName, CertificatePurpose, CertificateTableArgs } from "../../components/pki/certificates";
import { issueTable, serviceAccountPair, type TestAuthority } from "./issued-pki.ts";

/** What a set of authorities comes to: certificates of the ones that issue, and what is trusted. */
export interface SetMaterial {
  readonly text: string;
  readonly issuers: Readonly<Record<AuthorityName, TestAuthority>>;
  /** PEM. */
  readonly trusted: Readonly<Record<AuthorityName, string>>;
  readonly pair: (holder: string, purpose: CertificatePurpose) => KeyPair;
  readonly serviceAccount: { readonly publicKey: string; readonly privateKey: string };
}

/** A set of authorities from its text. @throws Error when it is none */
export function authoritySet(text: string): AuthoritySet {
  const set = parseAuthorities(text);
  if (set === undefined) throw new Error(`${text} is no set of authorities`);
  return set;
}

/** Issues the whole table from the authorities of each number, and gives what sets of them come to. */
export async function issueSets(args: CertificateTableArgs, numbers: readonly number[]) {
  const all = new Map(
    await Promise.all(
      numbers.map(async (number) => {
        const issued = { ...(await issueTable(args, number)), serviceAccount: serviceAccountPair() };
        return [number, issued] as const;
      }),
    ),
  );
  const ofNumber = (number: number) => {
    const found = all.get(number);
    if (found === undefined) throw new Error(`nothing was issued by ${number}`);
    return found;
  };
  return (text: string): SetMaterial => {
    const { issuing, trusted } = authoritySet(text);
    const { authorities, pair, serviceAccount } = ofNumber(issuing);
    const certificates = (name: AuthorityName): string =>
      bundle(trusted.map((number) => ofNumber(number).authorities[name].pair.certificate));
    return {
      text,
      issuers: authorities,
      trusted: {
        kubernetes: certificates("kubernetes"),
        etcd: certificates("etcd"),
        "front-proxy": certificates("front-proxy"),
      },
      pair,
      serviceAccount: {
        publicKey: bundle(trusted.map((number) => ofNumber(number).serviceAccount.publicKey)),
        privateKey: serviceAccount.privateKey,
      },
    };
  };
}
