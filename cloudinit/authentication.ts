import type { OidcIssuer } from "../components/model/oidc";
import { configurationFile, withFinalNewline, type MachineFile } from "./files";
import { kubernetes } from "./paths";
import type { Flags } from "./units";

const authenticationPath = `${kubernetes}/authentication.yaml`;

/** Flags of the API server by which it takes tokens of issuers. Certificates and the tokens of pods it takes in any case. */
export function authenticationFlags(issuers: readonly OidcIssuer[] | undefined): Flags {
  return issuers === undefined ? {} : { "authentication-config": authenticationPath };
}

/**
 * The file that the flag names, which the API server reads again when it changes.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration
 */
export function authenticationFiles(issuers: readonly OidcIssuer[] | undefined): readonly MachineFile[] {
  if (issuers === undefined) return [];
  const jwt = issuers.map(jwtAuthenticator);
  return [
    configurationFile(authenticationPath, {
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "AuthenticationConfiguration",
      jwt,
    }),
  ];
}

function jwtAuthenticator(issuer: OidcIssuer): object {
  const { audiences, usernameClaim, groupsClaim, prefix, certificateAuthority } = issuer;
  return {
    issuer: {
      url: issuer.issuer,
      audiences,
      ...(audiences.length > 1 ? { audienceMatchPolicy: "MatchAny" } : {}),
      ...(certificateAuthority === undefined ? {} : { certificateAuthority: withFinalNewline(certificateAuthority) }),
    },
    claimValidationRules: Object.entries(issuer.requiredClaims).map(([claim, requiredValue]) => ({
      claim,
      requiredValue,
    })),
    claimMappings: {
      username: { claim: usernameClaim, prefix },
      ...(groupsClaim === undefined ? {} : { groups: { claim: groupsClaim, prefix } }),
    },
  };
}
