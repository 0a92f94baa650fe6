import { webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { StackMachine } from "../../commands/shared/machine.ts";
import type { ObservedNode } from "../../commands/status/nodes.ts";

export const now = new Date("2026-11-27T15:00:00Z");
export const apiUrl = "https://203.0.113.10:6443";

export const machine = (name: string, role: StackMachine["role"], last: number): StackMachine => ({
  ...{
    name,
    role,
    address: `192.168.0.${last}`,
    publicAddress: `203.0.113.${last}`,
    ssh: `ssh debian@203.0.113.${last}`,
  },
  ...{ generation: 1, image: "debian-13", flavor: "b3-8" },
});
export const machines = [machine("dev-master-0", "master", 10), machine("dev-default-0", "node", 15)];

export const node = (name: string, changes: Partial<ObservedNode> = {}): ObservedNode => ({
  name,
  conditions: [
    { type: "MemoryPressure", status: "False" },
    { type: "Ready", status: "True", message: "kubelet is posting ready status" },
  ],
  unschedulable: false,
  ...{ kubelet: "v1.36.3", runtime: "containerd://2.4.2", system: "Debian GNU/Linux 13 (trixie)", kernel: "6.12" },
  ...changes,
});
export const healthyNodes = machines.map(({ name }) => node(name));

/** What `etcd.sh` prints, with changes. */
export function etcdOutput(changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    health: '{"health":"true","reason":""}',
    metrics: [
      "etcd_mvcc_db_total_size_in_bytes 1.462272e+06",
      "etcd_server_has_leader 1",
      "etcd_server_is_leader 1",
      "etcd_server_quota_backend_bytes 4.294967296e+09",
      'etcd_server_version{server_version="3.6.8"} 1',
    ].join("\n"),
    disk: "1020702720 820469760",
    snapshots: "",
    "snapshots-since": "",
    "snapshots-result": "success",
    ...changes,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}\t${Buffer.from(value).toString("base64")}\n`)
    .join("");
}

/** What `guards.sh` prints, with changes; `undefined` leaves a line out. */
export function guardOutput(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const names = ["metadata-addresses", "metadata-bridge", "metrics", "services", "route-addresses", "route-bridge"];
  const fields: typeof changes = {
    ...Object.fromEntries([...names, "watched"].map((name) => [name, "yes"])),
    lost: "",
    ...changes,
  };
  return Object.entries(fields)
    .map(([name, value]) => (value === undefined ? "" : `${name}\t${value}\n`))
    .join("");
}

/** A certificate that ends at this time, PEM. */
export async function certificate(name: string, notAfter: Date): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=${name}`, keys, signingAlgorithm: algorithm, notBefore: new Date("2020-01-01"), notAfter },
    webcrypto as unknown as Crypto,
  );
  return made.toString("pem");
}
