import * as fs from "node:fs";
import * as path from "node:path";
import { ApiException, CoreV1Api, KubeConfig, type V1Secret } from "@kubernetes/client-node";
import { askText } from "../shared/api-text.ts";
import { keyOfStored, type KeyRing, type RotatingCluster } from "./rotate.ts";

/** Runs a script as root on the master and gives what it printed. */
export type RunOnMaster = (script: string) => Promise<string>;

const prelude = fs.readFileSync(path.join(import.meta.dirname, "encryption-key.sh"), "utf8");
/** Secrets in one answer of the API. */
const page = 250;
const loaded = /^apiserver_encryption_config_controller_last_config_info\{[^}]*\bhash="([^"]+)"[^}]*\} 1$/m;

/** A running cluster, reached by its administrator's kubeconfig and, for what only the master has, by a shell there. */
export function runningCluster(kubeconfig: string, runOnMaster: RunOnMaster): RotatingCluster {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const call = (text: string): Promise<string> => runOnMaster(`${prelude}\n${text}\n`);
  return {
    show: async () => readRing(await call("show")),
    add: async (name) => readRing(await call(`add ${name}`)),
    drop: async () => readRing(await call("drop")),
    stored: async () => readStored(await call("stored")),
    loadedHash: async () => loaded.exec(await metrics(config))?.[1],
    rewriteSecrets: () => rewriteSecrets(api),
  };
}

/** Reads what `show` printed. */
export function readRing(output: string): KeyRing {
  const lines = output.split("\n").map((line) => line.split("\t"));
  const values = (kind: string): string[] => lines.flatMap(([first, value = ""]) => (first === kind ? [value] : []));
  return { keys: values("key"), hash: values("hash")[0] ?? "" };
}

/**
 * Reads what `stored` printed.
 * @throws Error when etcd's answer did not come whole: a key that a Secret needs would look like one that none does
 */
export function readStored(output: string): ReadonlyMap<string, number> {
  if (!output.split("\n").includes("complete")) {
    throw new Error(
      "the master did not list every Secret in etcd, so nobody knows which keys they need; all keys are kept. Look at " +
        "`journalctl -u etcd` on the master, then run rotate again: it goes on from here",
    );
  }
  const counts = new Map<string, number>();
  for (const line of output.split("\n")) {
    const [kind, value = ""] = line.split("\t");
    if (kind !== "value") continue;
    const key = keyOfStored(Buffer.from(value, "base64").toString("latin1"));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

async function rewriteSecrets(api: CoreV1Api): Promise<number> {
  let written = 0;
  let position: string | undefined;
  do {
    const list = await api.listSecretForAllNamespaces({ limit: page, ...(position ? { _continue: position } : {}) });
    for (const secret of list.items) written += await rewrite(api, secret);
    position = list.metadata?._continue;
  } while (position);
  return written;
}

/** A Secret that changed since it was read was written with the new key; one that is gone needs none. */
async function rewrite(api: CoreV1Api, secret: V1Secret): Promise<number> {
  const name = secret.metadata?.name ?? "";
  const namespace = secret.metadata?.namespace ?? "";
  try {
    await api.replaceNamespacedSecret({ name, namespace, body: secret });
    return 1;
  } catch (error) {
    if (error instanceof ApiException && (error.code === 404 || error.code === 409)) return 0;
    throw error;
  }
}

/** What the API server tells of itself; empty when it does not answer. */
async function metrics(config: KubeConfig): Promise<string> {
  try {
    return (await askText(config, "/metrics", AbortSignal.timeout(20_000))).text;
  } catch {
    return "";
  }
}
