import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { authoritySuffix } from "../model/authorities";
import { Authority } from "./authority";
import type { AuthorityName } from "./certificates";

export interface NumberedAuthoritiesArgs {
  readonly number: number;
  readonly clusterName: string;
  /** Validity, hours. */
  readonly validityHours: number;
  /** Whether the engine refuses to delete or replace them. */
  readonly protect: boolean;
}

/** The authorities and the key of ServiceAccount tokens of one number. */
export interface NumberedAuthorities {
  readonly authorities: Readonly<Record<AuthorityName, Authority>>;
  readonly serviceAccount: tls.PrivateKey;
}

/** Makes them as children of `parent`. @param name what their logical names begin with */
export function makeAuthorities(
  name: string,
  { number, protect, ...shared }: NumberedAuthoritiesArgs,
  parent: pulumi.Resource,
): NumberedAuthorities {
  const suffix = authoritySuffix(number);
  const authority = (authorityName: AuthorityName): Authority =>
    new Authority(
      `${name}-${authorityName}-authority${suffix}`,
      { ...shared, commonName: `${shared.clusterName}-${authorityName}-authority${suffix}`, protect },
      { parent },
    );
  return {
    authorities: {
      kubernetes: authority("kubernetes"),
      etcd: authority("etcd"),
      "front-proxy": authority("front-proxy"),
    },
    serviceAccount: new tls.PrivateKey(
      `${name}-service-account${suffix}-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent, protect },
    ),
  };
}
