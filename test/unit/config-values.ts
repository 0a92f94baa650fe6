import { validateConfig } from "../../components/checks/validate";
import type { ClusterConfig } from "../../components/model/cluster";
import type { Problem } from "../../components/model/problems";

/** A public key whose private key is nowhere: the blob names its type and holds 32 zero bytes. */
export const publicKey = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from("ssh-ed25519"),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32),
]).toString("base64")} someone@example.org`;

/** The smallest stack. */
export const smallest: Readonly<Record<string, unknown>> = {
  image: "Debian 12",
  flavor: "d2-4",
  sshPublicKey: publicKey,
  externalNetwork: "Ext-Net",
  adminCidrs: ["203.0.113.7/32"],
};

const context = { stackName: "dev" };

export function configOf(changes: Readonly<Record<string, unknown>> = {}, stackName = "dev"): ClusterConfig {
  const result = validateConfig({ ...smallest, ...changes }, { stackName });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.config;
}

export function problemsOf(
  changes: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[] = [],
  stackName = context.stackName,
): readonly Problem[] {
  const result = validateConfig({ ...smallest, ...changes }, { stackName, secretKeys: new Set(secretKeys) });
  return "problems" in result ? result.problems : [];
}
