import { Refusal } from "./cloud";
import type { ProviderWorld } from "./providers";
import type { Entry, Properties, Provider } from "./state";

/** Objects of the API, by pulumi-kubernetes: they are where etcd is. */
export function kubernetesProvider({ cluster, events, state }: ProviderWorld, type: string): Provider {
  // `skipUpdateUnreachable` of pulumi-kubernetes: an object of a cluster that is not reached stays in the checkpoint as it is.
  const isPassedOver = (): boolean =>
    cluster.api() === undefined &&
    [...state.entries.values()].some(
      ({ type: one, inputs }) => one === "pulumi:providers:kubernetes" && inputs["skipUpdateUnreachable"] === true,
    );
  const key = (outputs: Properties): string => {
    const { name = "" } = (outputs["metadata"] ?? {}) as { name?: string };
    return `${type} ${name}`;
  };
  const reached = () => {
    const etcd = cluster.api();
    if (etcd === undefined) throw new Refusal("the API server does not answer");
    return etcd;
  };
  return {
    forcesNew: ["roleRef"],
    create: (inputs, { name }) => {
      reached().objects.set(key(inputs), inputs);
      return { id: name, outputs: { ...inputs, id: name } };
    },
    update: (entry: Entry, inputs) => {
      if (isPassedOver()) return entry.outputs;
      reached().objects.set(key(inputs), inputs);
      return { ...entry.outputs, ...inputs };
    },
    remove: ({ outputs, name }) => {
      const etcd = cluster.api();
      etcd?.objects.delete(key(outputs));
      if (etcd !== undefined) events.losing(`add-on ${name}`);
    },
  };
}
