import { z } from "zod";
import { readYaml } from "./decode";
import type { Problem } from "./problems";
import type { ReadStack } from "./read";
import * as value from "./values";

const subject = value.text(value.matching(/^\S{1,253}$/, "is empty, too long or has blanks", "give one name"));

/** One line of an ABAC policy. */
export const abacRule = z.strictObject({
  user: subject.optional().describe("User it is for; * is every authenticated one."),
  group: subject.optional().describe("Group it is for."),
  readonly: value.flag().optional().describe("Whether reading alone is allowed."),
  apiGroup: subject.optional().describe("API group; * is all."),
  namespace: subject.optional().describe("Namespace; * is all."),
  resource: subject.optional().describe("Kind of object, for instance pods; * is all."),
  nonResourcePath: subject.optional().describe("Path that is no object, for instance /version; * is all."),
});

const entry = z.record(z.string(), z.unknown());
const kubeconfig = z.object({
  clusters: z.array(z.object({ cluster: entry })).min(1),
  users: z.array(z.object({ user: entry })).default([]),
});

/** What keeps a text from being the kubeconfig of a webhook; never repeats the text, which may hold a key. */
export const webhookKubeconfig: value.Check = (text) => {
  const remedy =
    "give a kubeconfig with one cluster, an https:// server and its data inline, see " +
    "https://kubernetes.io/docs/reference/access-authn-authz/webhook/";
  const read = readYaml(text);
  const parsed = kubeconfig.safeParse("decoded" in read ? read.decoded : undefined);
  if (!parsed.success) return { reason: "is not a kubeconfig", remedy };
  const { clusters, users } = parsed.data;
  const server = clusters[0]?.cluster["server"];
  if (typeof server !== "string" || !server.startsWith("https://")) {
    return { reason: "names no server by https://", remedy };
  }
  const entries = [...clusters.map(({ cluster }) => cluster), ...users.map(({ user }) => user)];
  const files = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
  const named = files.find((file) => entries.some((entry) => entry[file] !== undefined));
  return named === undefined
    ? undefined
    : { reason: `names a file (${named}), which the master does not have`, remedy };
};

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
