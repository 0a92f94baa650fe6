import { X509Certificate } from "node:crypto";
import { z } from "zod";
import * as value from "./values";

const issuerAddress: value.Check = (text) => {
  const remedy = "give the issuer as it stands in tokens, such as https://accounts.example.org";
  if (!URL.canParse(text)) return { reason: "is not a web address", remedy };
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== "https:") return { reason: "is not an https address", remedy };
  const isBare = username === "" && password === "" && search === "" && hash === "";
  return isBare ? undefined : { reason: "has credentials, a query or a fragment", remedy };
};

const certificate: value.Check = (text) => {
  const remedy = "give the certificate of the authority in PEM";
  try {
    return new X509Certificate(text).ca ? undefined : { reason: "is the certificate of no authority", remedy };
  } catch {
    return { reason: "is not a certificate", remedy };
  }
};

const word = value.matching(/^[\x21-\x7e]{1,253}$/, "is empty, too long or has blanks", "give one word");

/** Names of the cluster's own users and groups begin so. */
const prefix: value.Check = (text) =>
  text.startsWith("system:")
    ? { reason: "begins the names of the cluster's own users", remedy: "give another, such as oidc:" }
    : undefined;

/** Somebody whose tokens say who a person is. */
export const oidcIssuer = z.strictObject({
  issuer: value.text(issuerAddress).describe("Required. Address of the issuer, as it stands in tokens, by https."),
  audiences: z
    .array(value.text(word))
    .min(1)
    .describe("Required. For whom tokens have to be: the client's identifier, usually; one of several is enough."),
  usernameClaim: value.text(word).default("sub").describe("Claim that names the user."),
  groupsClaim: value.text(word).optional().describe("Claim that names the user's groups. By default nobody has any."),
  prefix: value
    .text(word, prefix)
    .default("oidc:")
    .describe("What names of users and groups begin with, one for each issuer."),
  requiredClaims: z
    .record(value.text(word), value.text(value.matching(/^.{1,253}$/, "is empty or too long", "give a short text")))
    .default({})
    .describe("Claims that a token needs, with their values."),
  certificateAuthority: value
    .text(certificate)
    .optional()
    .describe(
      "Certificate of the authority by which the issuer is known, PEM. By default those that the image trusts.",
    ),
});
