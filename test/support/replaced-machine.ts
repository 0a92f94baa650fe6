import type { MachinePlan } from "../../components/plan/machines";

/** A machine as an update replaces it; a master where its name says so. */
export const replacedMachine = (hostName: string): MachinePlan => ({
  role: hostName.includes("master") ? "master" : "node",
  ordinal: 0,
  hostName,
  logicalName: hostName,
  address: "192.168.0.15",
  kubernetes: "1.36.3",
  shape: { image: "debian-13", flavor: "b3-8", generation: 2 },
  labels: {},
  taints: [],
  metadata: {},
});
