import type { ClusterDescription } from "./description.ts";
import { layOut } from "./layout.ts";
import { renderSvg } from "./svg.ts";

/** The picture of a cluster, an SVG document. */
export function drawCluster(cluster: ClusterDescription): string {
  const machines = cluster.machines.map(({ name, address }) => `${name} (${address})`).join(", ");
  const description =
    `Machines on the host network ${cluster.hostNetwork.cidr}: ${machines}. ` +
    `Pods: ${cluster.podCidr}. Services: ${cluster.serviceCidr}.`;
  return renderSvg(layOut(cluster), `Kubernetes cluster ${cluster.name}`, description);
}
