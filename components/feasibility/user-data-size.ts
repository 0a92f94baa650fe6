import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { userDataLimit, userDataSize } from "../../cloudinit";
import { describeCluster } from "../description/cluster";
import { masterUserDataText, nodeUserDataText, type PairSource } from "../description/user-data";
import { bundle } from "../pki/bundle";
import type { KeyPairOutput } from "../pki/pki";
import { groupKey, newServers, type ChangePlan } from "./change-plan";
import { nothingToSay, refuse, together, type Verdict } from "./verdict";

/** How long the user data of new machines is, by the key of their group: `master`, or that of their pool. */
export type UserDataSizes = ReadonlyMap<string, number>;

/**
 * Bytes of what is in a PEM text of the program's own keys (EC P-256), and in one of its certificates with names of usual length: those that
 * are the same in all of a kind, which compression takes out, and those that are its own.
 */
const derBytes = {
  CERTIFICATE: { alike: 230, own: 210 },
  "PRIVATE KEY": { alike: 45, own: 76 },
  "PUBLIC KEY": { alike: 27, own: 64 },
} as const;

/**
 * Measures the user data of new servers before their keys and certificates exist: rendered with stand-ins of the same length, which
 * compress as little.
 */
export async function measureUserData(plan: ChangePlan): Promise<UserDataSizes> {
  const masters = plan.machines.map(({ plan: machine }) => machine).filter(({ role }) => role === "master");
  const cluster = describeCluster(plan.config, masters, plan.addresses, "join");
  // The machines of a group differ in their names alone; the last one's is the longest.
  const groups = new Map(newServers(plan).map(({ plan: machine }) => [groupKey(machine), machine]));
  const volumeId =
    plan.config.masters.etcdVolume === undefined ? undefined : pulumi.output("00000000-0000-0000-0000-000000000000");
  const pairs = standIns(plan.config.certificates.authorities.trusted.length);
  const sizes = [...groups].map(async ([key, machine]) => {
    const text =
      machine.role === "master"
        ? masterUserDataText(machine, cluster, pairs, volumeId)
        : nodeUserDataText(machine, cluster, pairs);
    return [key, await promiseOf(text.apply(userDataSize))] as const;
  });
  return new Map(await Promise.all(sizes));
}

/** User data that Nova will not take. */
export function judgeUserData(sizes: UserDataSizes): Verdict {
  return together(
    [...sizes].map(([key, size]) =>
      size <= userDataLimit
        ? nothingToSay
        : refuse(
            key,
            "(its user data)",
            `is about ${size} characters in base64, and Nova takes at most ${userDataLimit}`,
            "shorten userDataExtra, labels, taints, registryMirrors or artifactChecksums",
          ),
    ),
  );
}

/** What stands for certificates and keys. @param trusted how many authorities are trusted */
const standIns = (trusted: number): PairSource => ({
  authorities: { kubernetes: pair("kubernetes"), etcd: pair("etcd"), "front-proxy": pair("front-proxy") },
  machinePair: (hostName, purpose) => pair(`${hostName} ${purpose}`),
  serviceAccount: {
    publicKey: severalOf(trusted, "PUBLIC KEY", "service account"),
    privateKey: pulumi.output(pem("PRIVATE KEY", "service account")),
  },
  trusted: {
    kubernetes: severalOf(trusted, "CERTIFICATE", "kubernetes"),
    etcd: severalOf(trusted, "CERTIFICATE", "etcd"),
    "front-proxy": severalOf(trusted, "CERTIFICATE", "front-proxy"),
  },
});

function severalOf(count: number, label: keyof typeof derBytes, name: string): pulumi.Output<string> {
  const suffixes = Array.from({ length: count }, (_, index) => (index === 0 ? "" : ` ${index + 1}`));
  return pulumi.output(bundle(suffixes.map((suffix) => pem(label, `${name}${suffix}`))));
}

function pair(name: string): KeyPairOutput {
  return {
    certificate: pulumi.output(pem("CERTIFICATE", name)),
    privateKey: pulumi.output(pem("PRIVATE KEY", name)),
  };
}

/** A text in the form of PEM that is no key and no certificate; it is never sent anywhere. */
function pem(label: keyof typeof derBytes, name: string): string {
  const { alike, own } = derBytes[label];
  const bytes = (length: number, seed: string): Buffer =>
    createHash("shake256", { outputLength: length }).update(seed).digest();
  const body = Buffer.concat([bytes(alike, label), bytes(own, `${label} ${name}`)]).toString("base64");
  return [`-----BEGIN ${label}-----`, ...(body.match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ""].join("\n");
}

function promiseOf(output: pulumi.Output<number>): Promise<number> {
  return new Promise((resolve) => output.apply(resolve));
}
