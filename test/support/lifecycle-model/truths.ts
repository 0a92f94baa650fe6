import { releaseOf, toldTo, type Server } from "./cloud";
import { wantedMachines } from "./watch";
import type { Update, World } from "./world";

/** Compares what an update said with what it did and with what machines hold. */
export function truths(world: World, update: Update, wasHealthy: boolean): void {
  const { watch } = world;
  ofEtcd(world, update);
  // A cluster without a volume begins empty, as was said; the same two commands bring it back each time, which the sequences go on with.
  const isToldEmpty = isEtcdLossTold(update) && /which this stack's state has/.test(update.reason);
  if (update.end === "failed" && wasHealthy && !isToldEmpty)
    watch.violated("fails", `the update was accepted and failed: ${update.reason}`);
  if (update.end !== "done" || watch.config === undefined) return;
  ofReplacements(world, update);
  ofRemovals(world, update);
  ofSettings(world, update);
  ofAuthorization(world, update);
  ofCertificates(world, update);
  ofOutputs(world, update);
}

const isEtcdLossTold = ({ warnings }: Pick<Update, "warnings">): boolean =>
  warnings.some((text) => /lost|anew from|loses|all that is in the cluster goes/.test(text));

/** The cluster is the same one as before, unless somebody was told otherwise. */
function ofEtcd(world: World, { warnings }: Update): void {
  const etcd = world.cluster.api();
  if (etcd === undefined || etcd.lineage === world.lineage) return;
  if (world.lineage !== undefined && !isEtcdLossTold({ warnings }))
    world.watch.violated("etcd", "the cluster's data is gone, and nobody was told");
  world.lineage = etcd.lineage;
}

function ofReplacements({ watch }: World, { warnings }: Update): void {
  const said = (name: string): boolean =>
    warnings.some((text) => text.startsWith(`${name} is replaced by a new machine`));
  const replaced = [...watch.deleted.keys()].filter((name) => watch.created.has(name));
  for (const name of replaced) if (!said(name)) watch.violated("says", `${name} was replaced, and nothing said so`);
  for (const name of watch.before.keys())
    if (said(name) && !replaced.includes(name)) watch.violated("says", `${name} "is replaced", and was not`);
}

function ofRemovals({ watch }: World, { warnings }: Update): void {
  if (watch.config === undefined) return;
  const wanted = wantedMachines(watch.config);
  for (const text of warnings) {
    const names = /^Removed for good[^:]*: (.*)\.$/.exec(text)?.[1]?.split(", ") ?? [];
    for (const name of names) {
      // What was lost already is removed from the checkpoint alone.
      if (!watch.before.has(name) && watch.known(name)) continue;
      const server = watch.before.get(name);
      if (server === undefined || wanted.has(name) || !watch.deleted.has(name))
        watch.violated("says", `${name} is "removed for good", and no machine of that name was`);
    }
  }
  for (const name of watch.deleted.keys())
    if (!wanted.has(name) && !warnings.some((text) => text.startsWith("Removed for good") && text.includes(name)))
      watch.violated("says", `${name} was removed, and nothing said so`);
}

const issued = /^(certificate|key|public|request) \d/;

/** What a machine was told, without keys and certificates, which differ with every issue. */
function settingsIn(value: unknown): unknown {
  if (typeof value === "string") return issued.test(value) ? undefined : value;
  if (Array.isArray(value)) return value.map(settingsIn);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, settingsIn(inner)]));
}

/** Which settings of a machine that stayed are not those that a new one would get. */
function waiting(server: Server, userData: string): string[] {
  if (server.userData === userData) return [];
  const held = toldTo(server);
  const wished = toldTo({ userData });
  const keys = new Set([...Object.keys(held), ...Object.keys(wished)]);
  return [...keys].filter((key) => JSON.stringify(settingsIn(held[key])) !== JSON.stringify(settingsIn(wished[key])));
}

function ofSettings({ cloud, watch }: World, { warnings, goals }: Update): void {
  for (const server of cloud.servers.values()) {
    const goal = [...goals.values()].find(({ inputs }) => inputs["name"] === server.hostName);
    if (goal === undefined || watch.created.has(server.hostName)) continue;
    const shape = (["imageName", "flavorName"] as const).filter(
      (key) => goal.inputs[key] !== server[key === "imageName" ? "image" : "flavor"],
    );
    const late = [...waiting(server, String(goal.inputs["userData"])), ...shape];
    const isSaid = warnings.some(
      (text) => text.includes(server.hostName) && /[Ww]ait|stay as they are|exists: nothing/.test(text),
    );
    if (late.length > 0 && !isSaid)
      watch.violated("waits", `${server.hostName} holds other ${late.join(", ")}, and nothing says that it waits`);
  }
}

function ofAuthorization({ cluster, watch, settings }: World, { warnings }: Update): void {
  const master = cluster.master();
  const mode = master === undefined ? undefined : (toldTo(master)["authorization"] as { mode: string }).mode;
  if (mode !== "AlwaysAllow") return;
  if (!warnings.some((text) => text.includes("AlwaysAllow")))
    watch.violated("authorization", "the API runs with AlwaysAllow, and nothing says so");
  if (settings["production"] === true)
    watch.violated("authorization", "production was accepted of an API that runs with AlwaysAllow");
}

function ofCertificates({ cloud, clock, watch }: World, { warnings, outputs }: Update): void {
  const hours = watch.config?.certificates.earlyRenewalHours ?? 0;
  for (const server of cloud.servers.values()) {
    const ends = [...server.userData.matchAll(/certificate \d+ ends ([0-9T:.-]+Z)/g)].map(([, end = ""]) =>
      Date.parse(end),
    );
    const end = Math.min(...ends);
    if (
      end < clock.now + hours * 3_600_000 &&
      !warnings.some((text) => text.includes(server.hostName) && /[Cc]ertificates?.*end/.test(text))
    )
      watch.violated(
        "certificates",
        `those of ${server.hostName} end at ${new Date(end).toISOString()}, and nothing says so`,
      );
    const said = Date.parse(String(outputs["certificateExpiry"]));
    if (said > end)
      watch.violated(
        "certificates",
        `certificateExpiry is ${String(outputs["certificateExpiry"])}, and ${server.hostName} holds one until ${new Date(end).toISOString()}`,
      );
  }
}

function ofOutputs({ cloud, watch, disturbed }: World, { outputs }: Update): void {
  const machines = outputs["machines"] as readonly {
    name: string;
    generation: number;
    kubernetes: string;
    image: string;
    flavor: string;
  }[];
  const servers = [...cloud.servers.values()];
  for (const { name, generation, kubernetes, image, flavor } of machines) {
    const server = servers.find(({ hostName }) => hostName === name);
    // An update asks of no server that nothing changes.
    if (server === undefined && disturbed.has(name)) continue;
    if (server === undefined) {
      watch.violated("outputs", `machines has ${name}, which the cloud has not`);
      continue;
    }
    const is = {
      generation: server.wish.generation,
      kubernetes: releaseOf(server),
      image: server.image,
      flavor: server.flavor,
    };
    const said = { generation, kubernetes, image, flavor };
    if (JSON.stringify(is) !== JSON.stringify(said))
      watch.violated("outputs", `machines says of ${name} ${JSON.stringify(said)}, and it is ${JSON.stringify(is)}`);
  }
}
