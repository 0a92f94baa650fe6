import { isNodeLabelAllowed } from "../../cloudinit";
import type { Flaw } from "../model/problems";

const namePattern = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const subdomainPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const syntaxPage = "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set";

/** What is wrong with a label or taint key: an optional DNS subdomain and `/`, then a name of at most 63 characters. */
export function keyFlaw(key: string): Flaw | undefined {
  const parts = key.split("/");
  const [name = "", prefix] = parts.toReversed();
  const prefixIsWrong = prefix !== undefined && (prefix.length > 253 || !subdomainPattern.test(prefix));
  if (parts.length <= 2 && !prefixIsWrong && namePattern.test(name)) return undefined;
  return {
    reason: `${key} is not a key that Kubernetes accepts`,
    remedy: `write it as example.org/name, see ${syntaxPage}`,
  };
}

/** What is wrong with the value of a label or taint: at most 63 characters, which may be none. */
export function valueFlaw(value: string): Flaw | undefined {
  if (value === "" || namePattern.test(value)) return undefined;
  const remedy = `use at most 63 letters, digits, dashes, dots and underscores, see ${syntaxPage}`;
  return { reason: `${value} is not a value that Kubernetes accepts`, remedy };
}

/**
 * What is wrong with the key of a node label: beside its syntax, the kubelet refuses to start when it shall give itself a
 * `kubernetes.io` or `k8s.io` label outside a short list (`IsKubeletLabel` in k8s.io/kubelet/pkg/apis).
 */
export function nodeLabelKeyFlaw(key: string): Flaw | undefined {
  const flaw = keyFlaw(key);
  if (flaw !== undefined) return flaw;
  if (isNodeLabelAllowed(key)) return undefined;
  const remedy = "choose a domain of your own, or node.kubernetes.io/";
  return { reason: `${key} is kept for Kubernetes, and a kubelet may not set it`, remedy };
}
