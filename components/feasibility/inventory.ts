import { z } from "zod";
import { mapAnswer, ask, type Answer } from "../cloud/answer";
import type { CloudThing } from "../cloud/facts";
import type { types } from "./planned-resources";
import { getFromNetwork, inForm, type CloudSession } from "../cloud/rest";

/** Kinds of things that an update which was cut off may leave in the project without a place in the state. */
export type ListedKind = Exclude<keyof typeof types, "securityGroupRule" | "routerInterface">;

const networkPaths = {
  network: "networks",
  subnet: "subnets",
  router: "routers",
  port: "ports",
  floatingAddress: "floatingips",
  securityGroup: "security-groups",
} as const;

const text = z.string().nullish();
const thing = z
  .object({
    id: z.string(),
    name: text,
    description: text,
    network_id: text,
    device_id: text,
    device_owner: text,
    port_id: text,
    fixed_ips: z.array(z.object({ ip_address: z.string() })).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  })
  .transform((found) => ({
    id: found.id,
    // A floating address has no name: the program puts the machine's into its description.
    name: (found.name ?? "") === "" ? (found.description ?? "") : (found.name ?? ""),
    networkId: found.network_id ?? "",
    holder: found.device_id ?? "",
    purpose: found.device_owner ?? "",
    portId: found.port_id ?? "",
    addresses: (found.fixed_ips ?? []).map(({ ip_address }) => ip_address),
    metadata: found.metadata ?? {},
  }));
const listing = z.record(z.string(), z.unknown());

/**
 * What the project has of some kinds, as its own user sees it: one question a kind, however many machines there are.
 * @param clusterName begins the names of servers that are asked for
 */
export async function askInventory(
  session: CloudSession,
  kinds: readonly ListedKind[],
  clusterName: string,
): Promise<Answer<readonly CloudThing[]>> {
  const lists = await Promise.all(kinds.map((kind) => askKind(session, kind, clusterName)));
  const unanswered = lists.find(({ kind }) => kind !== "known");
  if (unanswered !== undefined) return unanswered;
  return { kind: "known", value: lists.flatMap((list) => (list.kind === "known" ? list.value : [])) };
}

async function askKind(
  session: CloudSession,
  kind: ListedKind,
  clusterName: string,
): Promise<Answer<readonly CloudThing[]>> {
  const answer = await ask(async () => {
    if (kind === "server") {
      const list = await session.get("compute", `/servers/detail?name=${encodeURIComponent(`^${clusterName}-`)}`);
      return things("compute", "servers", list);
    }
    if (kind === "volume") return things("volumev3", "volumes", await session.get("volumev3", "/volumes/detail"));
    const path = networkPaths[kind];
    const list = await getFromNetwork(session, `/${path}?project_id=${session.projectId}`);
    return things("network", path.replace("-", "_"), list);
  });
  return mapAnswer(answer, (found) => found.map((one): CloudThing => ({ kind, ...one })));
}

function things(service: string, key: string, answer: unknown): readonly z.infer<typeof thing>[] {
  return inForm(service, z.array(thing), inForm(service, listing, answer)[key]);
}
