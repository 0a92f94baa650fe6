import { z } from "zod";
import type { MachineRecord, RecordedMachine } from "../model/recorded";
import { madeWithIn } from "../plan/made-with";
import { certificatesOnMachine, machineMetadataKeys as keys } from "../plan/names";
import { heldCertificatesEnd, leafCertificates } from "./certificates";
import { instanceType, machinePlaces, masterComponent, metadataOf, serverType } from "./places";
import { resourcesInState, type StateResource } from "./state";

const server = z.object({
  id: z.string().optional(),
  name: z.string().default(""),
  imageName: z.string().default(""),
  flavorName: z.string().default(""),
  keyPair: z.string().default(""),
});

const record = z.object({ made: z.object({ serverId: z.string(), metadata: z.record(z.string(), z.string()) }) });

/** What the cluster's own output tells of a machine, as of the last update that ended well. */
const outputs = z.object({
  machines: z.array(z.object({ name: z.string(), generation: z.number(), kubernetes: z.string() })),
});

const volumeType = "openstack:blockstorage/volume:Volume";
const clusterType = "kovhernetes:index:Cluster";

/**
 * The machines in a stack's state, as `readState` gives it, also those of an `up` that did not end; none of a new stack. A machine is known by its
 * place in the state, and what it was made with by the record that the program keeps beside its server; only where that record is of another
 * server, as after an update that was cut off, or where there is none, by what a refresh may have read.
 *
 * @param clusterName whose machines; those of all clusters when it is absent
 */
export function machinesInState(answer: unknown, clusterName?: string): readonly RecordedMachine[] {
  const resources = resourcesInState(answer);
  const placeOf = machinePlaces(resources);
  const records = recordsOf(resources);
  const leaves = leafCertificates(resources);
  const known = knownByOutputs(resources);
  const volumes = new Set(resources.filter(({ type }) => type === volumeType).map(({ name }) => name));
  return resources.flatMap((resource): RecordedMachine[] => {
    if (resource.type !== serverType) return [];
    const { data } = server.safeParse(resource.outputs);
    const place = placeOf(resource);
    if (data === undefined || place.clusterName === undefined) return [];
    if (clusterName !== undefined && place.clusterName !== clusterName) return [];
    const made = records.get(`${resource.name} ${data.id ?? ""}`);
    const metadata = made?.metadata ?? metadataOf(resource);
    const name = place.hostName ?? (data.name === "" ? resource.name : data.name);
    const { generation, kubernetes } = identityOf(metadata, known.get(name));
    const role = roleOf(resource, metadata);
    if (generation === undefined || kubernetes === undefined || role === undefined) return [];
    const certificatesEnd =
      metadata[keys.certificatesEnd] ?? heldCertificatesEnd(leaves, resource, place.logicalName, name);
    const madeWith = madeWithIn(metadata);
    return [
      {
        name,
        role,
        serverId: data.id,
        generation,
        kubernetes,
        image: metadata[keys.image] ?? data.imageName,
        flavor: metadata[keys.flavor] ?? data.flavorName,
        // Nova answers with no name for a server that has none.
        ...(data.keyPair === "" ? {} : { keyPair: data.keyPair }),
        etcdRestore: metadata[keys.etcdRestore],
        authorities: metadata[keys.authorities],
        certificatesEnd,
        ...(metadata[keys.certificates] === certificatesOnMachine ? { holdsCertificatesAlone: true } : {}),
        ...(madeWith === undefined ? {} : { madeWith }),
        ...(role === "master" ? { etcdVolume: volumeOf(metadata) ?? volumes.has(`${resource.name}-etcd`) } : {}),
        ...foundersOf(metadata),
        ...recordToKeep(made, data.id, metadata, certificatesEnd),
      },
    ];
  });
}

function identityOf(
  metadata: Readonly<Record<string, string>>,
  known: { readonly generation: number; readonly kubernetes: string } | undefined,
) {
  const generation = Number(metadata[keys.generation]);
  return {
    generation: Number.isInteger(generation) ? generation : known?.generation,
    kubernetes: metadata[keys.kubernetes] ?? known?.kubernetes,
  };
}

function roleOf(
  { owners }: StateResource,
  metadata: Readonly<Record<string, string>>,
): RecordedMachine["role"] | undefined {
  if (owners.includes(instanceType)) return owners.includes(masterComponent) ? "master" : "node";
  const told = metadata[keys.role];
  return told === "master" || told === "node" ? told : undefined;
}

function volumeOf(metadata: Readonly<Record<string, string>>): boolean | undefined {
  const told = metadata[keys.etcdVolume];
  return told === undefined ? undefined : told === "true";
}

function foundersOf(metadata: Readonly<Record<string, string>>): Pick<RecordedMachine, "etcdFounders"> {
  const told = metadata[keys.etcdFounders];
  return told === undefined ? {} : { etcdFounders: Number(told) };
}

/** What the components of servers have kept of them, by logical name and identifier of the server. */
function recordsOf(resources: readonly StateResource[]): ReadonlyMap<string, MachineRecord> {
  return new Map(
    resources.flatMap(({ type, name, outputs: kept }) => {
      const made = type === instanceType ? record.safeParse(kept).data?.made : undefined;
      return made === undefined ? [] : [[`${name} ${made.serverId}`, made] as const];
    }),
  );
}

function knownByOutputs(resources: readonly StateResource[]) {
  const clusters = resources.filter(({ type }) => type === clusterType);
  const machines = clusters.flatMap((cluster) => outputs.safeParse(cluster.outputs).data?.machines ?? []);
  return new Map(machines.map((machine) => [machine.name, machine]));
}

/** What is kept from now on where no refresh comes; of a machine from before there was such a record, as its metadata are now. */
function recordToKeep(
  made: MachineRecord | undefined,
  serverId: string | undefined,
  metadata: Readonly<Record<string, string>>,
  certificatesEnd: string | undefined,
): Pick<RecordedMachine, "made"> {
  if (made !== undefined) return { made };
  if (serverId === undefined) return {};
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => key.startsWith("kovhernetes:")));
  const end = certificatesEnd === undefined ? {} : { [keys.certificatesEnd]: certificatesEnd };
  return { made: { serverId, metadata: { ...own, ...end } } };
}
