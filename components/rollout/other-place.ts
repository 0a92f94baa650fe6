import { clusterDns } from "../model/cluster-dns";

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** A pod of the API, as far as its place is concerned. */
export interface PlacedPod {
  readonly metadata?: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly tolerations?: readonly Toleration[] };
}

/** A node of the API, as a place for pods. */
export interface PlaceForPods {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Taints that Kubernetes sets itself and takes away again: a node that is not Ready, under pressure or cordoned. */
const passing = /^node(\.cloudprovider)?\.kubernetes\.io\//;

/** Whether a pod is one of the cluster's own DNS. */
export function isClusterDns({ metadata }: PlacedPod): boolean {
  return metadata?.namespace === clusterDns.namespace && metadata.labels?.[clusterDns.label] === clusterDns.value;
}

/**
 * Whether a pod could run on another node than this one, now or once what keeps it from there has passed: a node that is cordoned or not Ready
 * counts, one with a lasting taint that the pod does not tolerate does not.
 */
export function hasOtherPlace(pod: PlacedPod, node: string, nodes: readonly PlaceForPods[]): boolean {
  const tolerations = pod.spec?.tolerations ?? [];
  return nodes.some(
    ({ metadata, spec }) =>
      metadata?.name !== node &&
      !(spec?.taints ?? []).some(
        (taint) =>
          taint.effect !== "PreferNoSchedule" &&
          !passing.test(taint.key) &&
          !tolerations.some((toleration) => tolerates(toleration, taint)),
      ),
  );
}

/** Whether a node takes pods at the moment: it is Ready and not cordoned. A machine that is lost leaves a node that may never be again. */
export function isOpen({ spec, status }: PlaceForPods): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && spec?.unschedulable !== true;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerates({ key = "", operator = "Equal", value = "", effect = "" }: Toleration, taint: Taint): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (operator === "Exists") return key === "" || key === taint.key;
  return key === taint.key && value === (taint.value ?? "");
}
