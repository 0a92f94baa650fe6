/** Somebody whose tokens say who a person is: https://openid.net/specs/openid-connect-core-1_0.html */
export interface OidcIssuer {
  /** As it stands in tokens, by https. */
  readonly issuer: string;
  /** For whom a token has to be: the client's identifier, usually. */
  readonly audiences: readonly string[];
  readonly usernameClaim: string;
  /** Before names of users and of groups, so that nobody is taken for somebody of another issuer, or of the cluster itself. */
  readonly prefix: string;
  /** Absent gives nobody a group. */
  readonly groupsClaim?: string;
  /** Claims that a token needs, with their values. */
  readonly requiredClaims: Readonly<Record<string, string>>;
  /** PEM; absent for the authorities that the image trusts. */
  readonly certificateAuthority?: string;
}
