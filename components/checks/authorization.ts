import type { ReadStack } from "../config/read";
import type { Problem } from "../model/problems";

/** Modes and what belongs to them alone. */
export function authorizationProblems({ values, given }: ReadStack): readonly Problem[] {
  const { authorization } = values;
  if (authorization === undefined) return [];
  const companions = [
    { key: "abacPolicy", mode: "ABAC", isGiven: given["abacPolicy"] !== undefined },
    { key: "authorizationWebhook", mode: "Webhook", isGiven: given["authorizationWebhook"] !== undefined },
  ] as const;
  return companions.flatMap(({ key, mode, isGiven }): Problem[] => {
    if (mode === authorization && !isGiven) {
      return [{ key, value: "(not set)", reason: `is not given, and authorization is ${mode}`, remedy: `give ${key}` }];
    }
    if (mode !== authorization && isGiven) {
      const reason = `belongs to authorization ${mode}, and authorization is ${authorization}`;
      return [{ key, value: "(not shown)", reason, remedy: `remove ${key}, or set authorization to ${mode}` }];
    }
    return [];
  });
}
