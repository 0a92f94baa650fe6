import type { ExpectedMachine, NodeObservation } from "./stages";

/** What the labels begin with that `kubectl get nodes` shows as roles. A kubelet may not give itself one (NodeRestriction). */
const rolePrefix = "node-role.kubernetes.io/";
/** What every Kubernetes calls machines that run the control plane. */
const controlPlane = "control-plane";

/** Label key of a machine's role: the pool's name of a node. A pool that is named as masters are has none, for what others decide by it. */
export function roleLabel({ role, pool }: { role: "master" | "node"; pool?: string }): string | undefined {
  const name = role === "master" ? controlPlane : pool === controlPlane ? undefined : pool;
  return name === undefined ? undefined : `${rolePrefix}${name}`;
}

/** One node's labels to set. */
export interface LabelChange {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The roles that nodes lack. Those that somebody else gave them stay. */
export function missingRoles(
  machines: readonly ExpectedMachine[],
  nodes: ReadonlyMap<string, NodeObservation>,
): readonly LabelChange[] {
  return machines.flatMap(({ hostName, roleLabel: key }) => {
    const node = nodes.get(hostName);
    return key === undefined || node === undefined || key in node.labels
      ? []
      : [{ name: hostName, labels: { [key]: "" } }];
  });
}
