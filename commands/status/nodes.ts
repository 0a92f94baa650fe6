import type { StackMachine } from "../shared/machine.ts";
import type { Answer, Section } from "./section.ts";

/** A Node object, as far as it matters here. */
export interface ObservedNode {
  readonly name: string;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly unschedulable: boolean;
  readonly kubelet: string;
  readonly runtime: string;
  readonly system: string;
  readonly kernel: string;
}

/** What the API says of itself and of its nodes. */
export interface ObservedApi {
  readonly version: string;
  /** Checks behind `/readyz` that fail, by name; none when the API is ready. */
  readonly notReady: readonly string[];
  readonly nodes: readonly ObservedNode[];
}

/** A machine of the stack with its Node object, or one of the two alone. */
export interface NodeRow extends Partial<Omit<StackMachine, "name" | "ssh">> {
  readonly name: string;
  readonly state: "Ready" | "NotReady" | "missing" | "not asked";
  readonly cordoned: boolean;
  readonly kubelet?: string;
  readonly runtime?: string;
  readonly system?: string;
  readonly kernel?: string;
  readonly wrong: readonly string[];
}

export interface NodeSection extends Section<NodeRow> {
  readonly api: { readonly url: string; readonly version?: string; readonly notReady?: readonly string[] };
}

/** Versions that a kubelet may be behind its API server; ahead it must not be (https://kubernetes.io/releases/version-skew-policy/). */
const oldestSkew = 3;

/** What to think of the nodes, machine by machine. */
export function nodeSection(
  apiUrl: string,
  machines: readonly StackMachine[],
  answer: Answer<ObservedApi>,
): NodeSection {
  if ("failure" in answer) {
    const rows = machines.map((machine) => rowOf(machine, { state: "not asked", cordoned: false, wrong: [] }));
    return { api: { url: apiUrl }, rows, wrong: [], unknown: [`the API at ${apiUrl}: ${answer.failure}`], notes: [] };
  }
  const { version, notReady, nodes } = answer.value;
  const known = machines.map((machine) => {
    const node = nodes.find(({ name }) => name === machine.name);
    const missing = { state: "missing", cordoned: false, wrong: ["is no node of the cluster"] } as const;
    return rowOf(machine, node === undefined ? missing : seen(node, version));
  });
  const strangers = nodes
    .filter(({ name }) => !machines.some((machine) => machine.name === name))
    .map((node): NodeRow => {
      const row = seen(node, version);
      return { name: node.name, ...row, wrong: ["is a node without a machine in the stack", ...row.wrong] };
    });
  const rows = [...known, ...strangers];
  return {
    api: { url: apiUrl, version, notReady },
    rows,
    wrong: [
      ...(notReady.length === 0 ? [] : [`the API at ${apiUrl} is not ready: ${notReady.join(", ")}`]),
      ...rows.flatMap(({ name, wrong }) => wrong.map((text) => `${name} ${text}`)),
    ],
    unknown: [],
    notes: rows.filter(({ cordoned }) => cordoned).map(({ name }) => `${name} is cordoned: it takes no new pods`),
  };
}

type Seen = Omit<NodeRow, "name">;

function rowOf({ name, role, address, publicAddress, generation, image, flavor }: StackMachine, seen: Seen): NodeRow {
  return {
    name,
    role,
    address,
    ...(publicAddress === undefined ? {} : { publicAddress }),
    generation,
    image,
    flavor,
    ...seen,
  };
}

function seen(node: ObservedNode, apiVersion: string): Seen {
  const { conditions, unschedulable, kubelet, runtime, system, kernel } = node;
  const ready = conditions.find(({ type }) => type === "Ready");
  const isReady = ready?.status === "True";
  const others = conditions.filter(({ type, status }) => type !== "Ready" && status === "True");
  const skew = skewText(kubelet, apiVersion);
  return {
    state: isReady ? "Ready" : "NotReady",
    cordoned: unschedulable,
    ...{ kubelet, runtime, system, kernel },
    wrong: [
      ...(isReady ? [] : [`is not Ready: ${ready?.message ?? "its kubelet has not reported"}`]),
      ...others.map(({ type, message }) => `has ${type}${message === undefined ? "" : `: ${message}`}`),
      ...(skew === undefined ? [] : [skew]),
    ],
  };
}

function skewText(kubelet: string, api: string): string | undefined {
  const minor = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1]);
  const behind = minor(api) - minor(kubelet);
  if (behind < 0) return `has kubelet ${kubelet}, newer than the API server's ${api}`;
  return behind > oldestSkew ? `has kubelet ${kubelet}, too old for the API server's ${api}` : undefined;
}
