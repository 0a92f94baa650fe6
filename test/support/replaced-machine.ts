import type { RecordedMachine } from "../../components/model/recorded";
import type { MachinePlan } from "../../components/plan/machines";

const kubernetes = "1.36.3";
const shape = { image: "debian-13", flavor: "b3-8" };
const roleOf = (hostName: string): MachinePlan["role"] => (hostName.includes("master") ? "master" : "node");

/** A machine as an update wants it; a master where its name says so, else of the pool that the name begins with. */
export const plannedMachine = (hostName: string): MachinePlan => ({
  role: roleOf(hostName),
  ...(roleOf(hostName) === "master" ? {} : { pool: hostName.replace(/-\d+$/, "") }),
  ordinal: Number(hostName.split("-").at(-1)),
  hostName,
  logicalName: hostName,
  address: "192.168.0.15",
  kubernetes,
  shape: { ...shape, generation: 2 },
  labels: {},
  taints: [],
  metadata: {},
  madeWith: { settings: {}, trial: [] },
});

/** The same machine as a stack has it: to be replaced, or already as it is wanted. */
export const recordedMachine = (hostName: string, generation: 1 | 2): RecordedMachine => ({
  ...{ name: hostName, role: roleOf(hostName), serverId: `id-of-old-${hostName}`, generation, kubernetes, ...shape },
});
