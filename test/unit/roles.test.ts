import { describe, expect, it } from "vitest";
import { missingRoles, roleLabel } from "../../components/readiness/roles";
import type { ExpectedMachine, NodeObservation } from "../../components/readiness/stages";

const machine = (hostName: string, plan: { role: "master" | "node"; pool?: string }): ExpectedMachine => {
  const label = roleLabel(plan);
  return {
    hostName,
    role: plan.role,
    sshCommand: "",
    publicAddress: undefined,
    serverId: hostName,
    ...(label === undefined ? {} : { roleLabel: label }),
  };
};
const machines = [
  machine("lab-master-0", { role: "master" }),
  machine("lab-web-0", { role: "node", pool: "web" }),
  machine("lab-control-plane-0", { role: "node", pool: "control-plane" }),
];
const node = (labels: Record<string, string>): NodeObservation => ({
  ready: true,
  reason: "",
  providerId: "",
  systemUuid: "",
  labels,
});

describe("roles of nodes", () => {
  it("are control-plane for a master and the pool for a node; a pool of that name claims nothing", () => {
    const seen = new Map(machines.map(({ hostName }) => [hostName, node({ "kubernetes.io/os": "linux" })]));
    expect(missingRoles(machines, seen)).toEqual([
      { name: "lab-master-0", labels: { "node-role.kubernetes.io/control-plane": "" } },
      { name: "lab-web-0", labels: { "node-role.kubernetes.io/web": "" } },
    ]);
  });

  it("are given once, whatever value or further role somebody gave", () => {
    const seen = new Map([
      ["lab-master-0", node({ "node-role.kubernetes.io/control-plane": "true" })],
      ["lab-web-0", node({ "node-role.kubernetes.io/edge": "" })],
    ]);
    expect(missingRoles(machines, seen)).toEqual([
      { name: "lab-web-0", labels: { "node-role.kubernetes.io/web": "" } },
    ]);
  });

  it("wait for a node that is not there", () => {
    expect(missingRoles(machines, new Map())).toEqual([]);
  });
});
