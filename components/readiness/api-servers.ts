import type { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { yamlText } from "../model/yaml";

const kubeconfig = z.looseObject({
  contexts: z.array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string() }) })),
});

/** As the program itself writes a kubeconfig. */
const written = { aliasDuplicateObjects: false } as const;

/**
 * The kubeconfig by which one master's own API server is asked and no other.
 * @param text of a kubeconfig; secret
 * @returns the same text where that master has no context of its own, as in a cluster of one
 */
export function kubeconfigOfMaster(text: string, hostName: string): string {
  const parsed = kubeconfig.parse(parse(text));
  const own = parsed.contexts.find(({ context }) => context.cluster === hostName);
  if (own === undefined || parsed.contexts.length < 2) return text;
  return yamlText({ ...parsed, contexts: [own], "current-context": own.name }, written);
}

/** Whether a kubeconfig names several API servers. @param text of a kubeconfig; secret */
export function hasSeveralServers(text: string): boolean {
  return kubeconfig.parse(parse(text)).contexts.length > 1;
}

/** The same kubeconfig with another of its contexts as the current one. @param text of a kubeconfig; secret */
export function withContext(text: string, name: string): string {
  return yamlText({ ...kubeconfig.parse(parse(text)), "current-context": name }, written);
}

/** Names of the contexts by which a cluster is reached, the current one first. */
export function contextNames(config: KubeConfig): readonly string[] {
  const current = config.getCurrentContext();
  const others = config.getContexts().map(({ name }) => name);
  return [current, ...others.filter((name) => name !== current)];
}
