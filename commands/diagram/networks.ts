import type { ClusterDescription } from "./description.ts";
import { inside } from "./geometry.ts";
import type { DrawnMachines } from "./machines.ts";
import { box, fonts, line, mutedText, text, type Drawn, type Shape } from "./shapes.ts";
import { fitted } from "./text-width.ts";

const overlayHeight = 46;
const stemLength = 30;
const gap = 20;
const width = (inside.right - inside.left - gap) / 2;

/** The heading of the host network's frame, on either side of the administrators' line. */
export function drawHostHeading({ hostNetwork }: ClusterDescription, top: number): readonly Shape[] {
  const { cidr, name, vlanId, allocation } = hostNetwork;
  const facts = [
    name === undefined ? "existing network" : `network ${name}`,
    ...(vlanId === undefined ? [] : [`VLAN ${vlanId}`]),
    ...(allocation === undefined ? [] : [`Neutron's own ports ${allocation.start} – ${allocation.end}`]),
  ];
  return [
    text(fonts.heading, inside.left, top + 22, "host network"),
    text(fonts.heading, inside.left, top + 40, cidr),
    mutedText(fonts.small, 300, top + 22, fitted(facts.join(" · "), fonts.small, 480)),
    mutedText(fonts.small, 300, top + 40, "every line with a number is a TLS connection, see below"),
  ];
}

/** The networks that exist only between the machines: pods, carried by flannel, and services. */
export function drawOverlays(
  { podCidr, serviceCidr, dnsAddress }: ClusterDescription,
  { stems, bottom }: DrawnMachines,
): Drawn {
  const top = bottom + stemLength;
  const dns = dnsAddress === undefined ? "" : `cluster DNS ${dnsAddress}; `;
  const overlay = (x: number, name: string, facts: string): readonly Shape[] => [
    box("overlay", x, top, width, overlayHeight),
    text(fonts.heading, x + 12, top + 19, name),
    mutedText(fonts.small, x + 12, top + 36, fitted(facts, fonts.small, width - 24)),
  ];
  return {
    shapes: [
      ...stems.map(({ x, y }) => line("vxlan", [x, y], [x, top])),
      ...overlay(inside.left, `pod network ${podCidr}`, "a /24 a machine; flannel, VXLAN by UDP 8472"),
      ...overlay(inside.left + width + gap, `service network ${serviceCidr}`, `${dns}iptables on every machine`),
    ],
    bottom: top + overlayHeight,
  };
}
