import * as fs from "node:fs";
import * as path from "node:path";
import type { Mirror } from "../mirror/mirror.ts";
import type { Cloud } from "../openstack/cloud.ts";
import { guestImageName, type Parts } from "./prepare.ts";
import { LabStack } from "./stack.ts";

/** Outputs of the program, as `pulumi stack output --json --show-secrets` gives them. */
export interface ClusterOutputs {
  readonly apiUrl: string;
  readonly kubeconfig: string;
  readonly certificateExpiry: string;
  readonly machines: readonly {
    readonly name: string;
    readonly role: "master" | "node";
    readonly address: string;
    readonly publicAddress?: string;
    readonly ssh: string;
  }[];
}

/** The stack `lab`: one master and one node that really boot. @param changes to its usual configuration */
export async function clusterStack(
  parts: Parts,
  cloud: Cloud,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<LabStack> {
  const stack = new LabStack("lab", parts.engine, cloud);
  await stack.configure({ ...(await clusterConfiguration(parts.mirror, cloud, stack)), ...changes });
  return stack;
}

/** The configuration of that stack. */
export async function clusterConfiguration(
  mirror: Mirror,
  cloud: Cloud,
  stack: LabStack,
): Promise<Readonly<Record<string, unknown>>> {
  return {
    ...mirrorConfiguration(mirror, cloud),
    image: guestImageName,
    masterFlavor: "lab.master",
    flavor: "lab.node",
    nodes: 1,
    access: "floatingIp",
    externalNetwork: cloud.externalNetwork,
    adminCidrs: [cloud.addresses.linkCidr],
    sshPublicKey: await stack.sshPublicKey(),
    etcdVolume: { enabled: true, sizeGiB: 1 },
    readinessTimeoutMinutes: 25,
    // The lab is removed as a whole.
    protectData: false,
  };
}

/** Points machines at the lab's mirror. The files are built here, so their checksums are pinned by the stack, not by upstream's table. */
function mirrorConfiguration(mirror: Mirror, cloud: Cloud): Record<string, unknown> {
  const registry = [`http://${cloud.addresses.gateway}:5000`];
  return {
    artifactMirror: `http://${cloud.addresses.gateway}:8000`,
    artifactChecksums: mirror.checksums,
    registryMirrors: { "registry.k8s.io": registry, "ghcr.io": registry, "docker.io": registry },
  };
}

/** Writes the kubeconfig where the user finds it, and gives the outputs. */
export async function saveKubeconfig(stack: LabStack): Promise<ClusterOutputs> {
  const outputs = await stack.outputs<ClusterOutputs>();
  fs.mkdirSync(path.dirname(stack.kubeconfigFile), { recursive: true });
  fs.writeFileSync(stack.kubeconfigFile, outputs.kubeconfig, { mode: 0o600 });
  return outputs;
}
