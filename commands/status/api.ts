import type { RequestContext, ResponseContext, V1Node } from "@kubernetes/client-node";
import { askText, type TextAnswer } from "../shared/api-text.ts";
import type { ObservedApi, ObservedNode } from "./nodes.ts";

/**
 * Asks the API for itself and its nodes, with the administrator's kubeconfig.
 * @throws Error with the reason, when it does not answer or `signal` ends the wait
 */
export async function askApi(kubeconfig: string, signal: AbortSignal): Promise<ObservedApi> {
  const { CoreV1Api, KubeConfig, Observable, VersionApi } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const ends = {
    pre: (context: RequestContext) => {
      context.setSignal(signal);
      return new Observable(Promise.resolve(context));
    },
    post: (context: ResponseContext) => new Observable(Promise.resolve(context)),
  };
  const options = { middleware: [ends] };
  try {
    const [version, readiness, list] = await Promise.all([
      config.makeApiClient(VersionApi).getCode({}, options),
      askText(config, "/readyz?verbose", signal),
      config.makeApiClient(CoreV1Api).listNode({}, options),
    ]);
    return { version: version.gitVersion, notReady: failedChecks(readiness), nodes: list.items.map(observed) };
  } catch (error) {
    throw new Error(signal.aborted ? "no answer in time" : reasonOf(error), { cause: error });
  }
}

/** The checks behind `/readyz` that fail, by name. */
export function failedChecks({ status, text }: TextAnswer): readonly string[] {
  const failed = [...text.matchAll(/^\[-\](\S+) failed/gm)].map(([, name = ""]) => name);
  return status === 200 || failed.length > 0 ? failed : [`HTTP ${status}`];
}

function observed({ metadata, spec, status }: V1Node): ObservedNode {
  const conditions = status?.conditions ?? [];
  return {
    name: metadata?.name ?? "",
    conditions: conditions.map(({ type, status: value, message }) => ({
      type,
      status: value,
      ...(message === undefined ? {} : { message }),
    })),
    unschedulable: spec?.unschedulable === true,
    kubelet: told(status?.nodeInfo?.kubeletVersion),
    runtime: told(status?.nodeInfo?.containerRuntimeVersion),
    system: told(status?.nodeInfo?.osImage),
    kernel: told(status?.nodeInfo?.kernelVersion),
  };
}

/** A node that has not reported leaves texts empty. */
function told(text: string | undefined): string {
  return text === undefined || text === "" ? "unknown" : text;
}

/** The innermost reason in one line: the library's own message carries whole responses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? (error.message.split("\n")[0] ?? "unknown").slice(0, 200) : reasonOf(error.cause);
}
