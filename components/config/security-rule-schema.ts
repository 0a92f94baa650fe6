import { z } from "zod";
import type { Flaw } from "../model/problems";
import * as value from "./values";

/** Ports that no list opens: whom they are for is what the program promises. */
const kept: readonly { readonly ports: readonly [number, number]; readonly what: string; readonly remedy: string }[] = [
  { ports: [22, 22], what: "SSH", remedy: "use adminCidrs" },
  { ports: [2379, 2381], what: "etcd", remedy: "leave it to the masters" },
  { ports: [6443, 6443], what: "the Kubernetes API", remedy: "use adminCidrs" },
  { ports: [8472, 8472], what: "the pod network", remedy: "leave it to the machines" },
  {
    ports: [10_248, 10_259],
    what: "the kubelet, kube-proxy and the control plane",
    remedy: "leave it to the machines",
  },
  { ports: [30_000, 32_767], what: "node ports", remedy: "use nodePortCidrs" },
];

/** First and last port of `80` or `8000-8100`. */
export function portsOf(text: string): readonly [number, number] {
  const [first = "", last = first] = text.split("-");
  return [Number(first), Number(last)];
}

const ports: value.Check = (text) => {
  const remedy = "give a port such as 443, or two with a dash, the lower first, such as 8000-8100";
  if (!/^\d{1,5}(-\d{1,5})?$/.test(text)) return { reason: "is neither a port nor a range of them", remedy };
  const [first, last] = portsOf(text);
  if (first < 1 || last > 65_535 || first > last) return { reason: "is no range of ports", remedy };
  const clash = kept.find(({ ports: [from, to] }) => first <= to && last >= from);
  if (clash === undefined) return undefined;
  return { reason: `opens ${clash.what} (${clash.ports.join(" to ")})`, remedy: `give other ports; ${clash.remedy}` };
};

function pairFlaw({ protocol, ports: given }: { protocol: string; ports?: string | undefined }): Flaw | undefined {
  if (protocol === "icmp" && given !== undefined) return { reason: "ICMP has no ports", remedy: "remove ports" };
  return protocol === "icmp" || given !== undefined
    ? undefined
    : { reason: "all ports would be opened, etcd's among them", remedy: "give ports" };
}

/** One opening beside those that a cluster has. */
export const extraSecurityRule = z
  .strictObject({
    from: value.text(value.cidr).describe("Required. IPv4 network that may connect, for instance 198.51.100.0/24."),
    protocol: value.choice("tcp", "udp", "icmp").default("tcp").describe("Protocol."),
    ports: value
      .text(ports)
      .optional()
      .describe(
        "A port, or the first and the last with a dash; required but for icmp. None of SSH, etcd, the API, the pod network, the kubelet and node ports.",
      ),
    machines: value.choice("all", "masters").default("all").describe("Which machines answer."),
    description: value
      .text(value.matching(/^[\x20-\x7e]{1,200}$/, "is no line of 200 characters", "give a short line"))
      .default("extraSecurityRules")
      .describe("What the cloud's console says of it."),
  })
  .superRefine((rule, context) => {
    const flaw = pairFlaw(rule);
    if (flaw === undefined) return;
    // What is not there has no value to show.
    const path = rule.ports === undefined ? [] : ["ports"];
    context.addIssue({ code: "custom", path, message: flaw.reason, params: { remedy: flaw.remedy } });
  });
