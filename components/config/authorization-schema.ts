import { z } from "zod";
import { readYaml } from "./decode";
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
  clusters: z.array(z.object({ name: z.string().default(""), cluster: entry })).min(1),
  users: z.array(z.object({ user: entry })).default([]),
  contexts: z.array(z.object({ name: z.string(), context: entry })).default([]),
  "current-context": z.string().optional(),
});

/** Settings of a cluster or a user that name a file. */
const files = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/** What is wrong with a kubeconfig from which the API server is to know whom it asks, and be sure that nobody else answers. */
function webhookFlaw({ clusters, users, contexts, ...rest }: z.infer<typeof kubeconfig>): string | undefined {
  const [{ name, cluster } = { name: "", cluster: {} }] = clusters;
  if (clusters.length > 1) return `has ${clusters.length} clusters, of which the API server asks one alone`;
  const { server, "insecure-skip-tls-verify": isUnchecked = false } = cluster;
  if (typeof server !== "string" || !server.startsWith("https://")) return "names no server by https://";
  if (isUnchecked !== false) return "has insecure-skip-tls-verify, with which anybody may answer for the service";
  if (cluster["proxy-url"] !== undefined)
    return "has a proxy (proxy-url), and the API server is to ask the service itself";
  const entries = [cluster, ...users.map(({ user }) => user)];
  const file = files.find((key) => entries.some((each) => each[key] !== undefined));
  if (file !== undefined) return `names a file (${file}), which the master does not have`;
  if (users.some(({ user }) => user["exec"] !== undefined))
    return "names a program (exec), which the master does not have";
  // Without one, Kubernetes' client finds no cluster in the file, and the API server does not start.
  const current = contexts.find((context) => context.name === rest["current-context"]);
  return current !== undefined && current.context["cluster"] === name
    ? undefined
    : "has no current-context that leads to its cluster";
}

/** What keeps a text from being the kubeconfig of a webhook; never repeats the text, which may hold a key. */
export const webhookKubeconfig: value.Check = (text) => {
  const remedy =
    "give a kubeconfig with one cluster, an https:// server with its certificate-authority-data, its user's data inline, " +
    "and the current-context that joins them, see https://kubernetes.io/docs/reference/access-authn-authz/webhook/";
  const read = readYaml(text);
  const parsed = kubeconfig.safeParse("decoded" in read ? read.decoded : undefined);
  const reason = parsed.success ? webhookFlaw(parsed.data) : "is not a kubeconfig";
  return reason === undefined ? undefined : { reason, remedy };
};
