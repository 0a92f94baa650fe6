export const serverType = "openstack:compute/instance:Instance";
export const associationType = "openstack:networking/floatingIpAssociate:FloatingIpAssociate";

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
  readonly dependencies: string[];
  readonly propertyDependencies: Record<string, string[]>;
}

/** What `pulumi stack export` gives. */
export interface State {
  readonly deployment: { resources: StateResource[] };
}

/** The servers of a state, each with those that the engine would delete before it. */
export function serversBefore({ deployment }: State): Record<string, readonly string[]> {
  const servers = deployment.resources.filter(({ type }) => type === serverType);
  const nameOf = (urn: string): string => urn.split("::").pop() ?? "";
  return Object.fromEntries(
    servers.map(({ urn, dependencies, propertyDependencies }) => {
      const all = [...dependencies, ...Object.values(propertyDependencies).flat()];
      return [nameOf(urn), servers.filter((server) => all.includes(server.urn)).map((server) => nameOf(server.urn))];
    }),
  );
}

/**
 * A state as it was when a floating address had its port as an input, and nothing else led it there; and when a machine that had been
 * replaced after another depended on the other's server.
 */
export function asEarlierVersionsDid(text: string) {
  const state = JSON.parse(text) as State;
  const { resources } = state.deployment;
  const ports = new Map(
    resources
      .filter(({ type }) => type === associationType)
      .map(({ outputs }) => [outputs["floatingIp"], outputs["portId"]]),
  );
  state.deployment.resources = resources.filter(({ type }) => type !== associationType);
  for (const { type, inputs, outputs } of state.deployment.resources) {
    if (type !== "openstack:networking/floatingIp:FloatingIp") continue;
    const portId = ports.get(outputs["address"]);
    Object.assign(inputs, { portId });
    Object.assign(outputs, { portId });
  }
  // The engine takes no state in which something depends on what comes after it.
  const [first, second] = state.deployment.resources.filter(({ type }) => type === serverType);
  second?.dependencies.push(first?.urn ?? "");
  second?.propertyDependencies["userData"]?.push(first?.urn ?? "");
  return { addresses: [...ports.keys()], state };
}
