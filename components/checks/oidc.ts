import type { ReadStack } from "../config/read";
import { displayValue, type Problem } from "../model/problems";

/** What issuers of tokens do to each other and to authorization. */
export function oidcProblems({ values }: ReadStack): readonly Problem[] {
  const issuers = values.oidc ?? [];
  const twice = (["issuer", "prefix"] as const).flatMap((field) =>
    issuers.flatMap((one, index): Problem[] => {
      const first = issuers.findIndex((other) => other[field] === one[field]);
      if (first === index) return [];
      const reason = `is that of oidc[${first}] as well: ${field === "prefix" ? "one would name the other's users" : "an issuer is given once"}`;
      return [{ key: `oidc[${index}].${field}`, value: displayValue(one[field]), reason, remedy: "give each its own" }];
    }),
  );
  const own = issuers.flatMap(({ issuer }, index): Problem[] => {
    if (issuer !== `https://kubernetes.default.svc.${values.clusterDomain ?? "cluster.local"}`) return [];
    const reason = "is the cluster itself, which issues the tokens of pods";
    return [{ key: `oidc[${index}].issuer`, value: issuer, reason, remedy: "remove it" }];
  });
  if (issuers.length === 0 || values.authorization !== "AlwaysAllow") return [...twice, ...own];
  const reason = "authorization is AlwaysAllow: everybody whom an issuer knows would be an administrator";
  const remedy = "set authorization to RBAC, and bind roles to the users and groups that are meant";
  return [...twice, ...own, { key: "oidc", value: `(${issuers.length} given)`, reason, remedy }];
}
