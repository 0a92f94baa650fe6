import { setTimeout as delay } from "node:timers/promises";

/** The keys of Secrets on a master. */
export interface KeyRing {
  /** Names of keys; the first encrypts, all decrypt. */
  readonly keys: readonly string[];
  /** Hash of the file that holds them, as the API server tells it. */
  readonly hash: string;
}

/** What a rotation needs of a cluster. */
export interface RotatingCluster {
  /** The keys that the master has. */
  show(): Promise<KeyRing>;
  /** Puts a new key of that name before the others. */
  add(name: string): Promise<KeyRing>;
  /** Removes all keys but the first. */
  drop(): Promise<KeyRing>;
  /** How many Secrets in etcd are encrypted by which key; `identity` for those in clear. */
  stored(): Promise<ReadonlyMap<string, number>>;
  /** Hash of the file that the API server has read; `undefined` while it has read none, or does not answer. */
  loadedHash(): Promise<string | undefined>;
  /** Writes every Secret as it is, which encrypts it anew; gives how many. */
  rewriteSecrets(): Promise<number>;
}

/** How long the API server may take to read the file, which it looks at once a minute. */
const reloadSeconds = 300;
/** Others write Secrets meanwhile: what a round left, the next one finds. */
const mostRounds = 5;

/** The name that follows those in use: `key1`, `key2`, … */
export function nextKeyName(names: readonly string[]): string {
  const numbers = names.map((name) => Number(/^key(\d{1,9})$/.exec(name)?.[1] ?? 0));
  return `key${Math.max(0, ...numbers) + 1}`;
}

/** The key that a stored value names, from how it begins (`EncryptionConfiguration`, prefix of each provider). */
export function keyOfStored(beginning: string): string {
  return /^k8s:enc:[^:]+:v1:([^:]+):/.exec(beginning)?.[1] ?? "identity";
}

/**
 * Gives Secrets a new key: adds it, has the API server read it, encrypts every Secret anew, and removes the old key once nothing in
 * etcd needs it. A rotation that was interrupted is taken up where it was left.
 *
 * @returns the name of the key that is left.
 * @throws Error saying how far it got; the cluster can read its Secrets at every moment.
 */
export async function rotateKey(
  cluster: RotatingCluster,
  report: (line: string) => void,
  pause: (milliseconds: number) => Promise<unknown> = delay,
): Promise<string> {
  let ring = await cluster.show();
  if (ring.keys.length === 0) throw new Error("the master has no encryption keys");
  if (ring.keys.length === 1) {
    const name = nextKeyName(ring.keys);
    ring = await cluster.add(name);
    report(`added ${name}`);
  } else {
    report(`going on with a rotation that was interrupted: ${ring.keys.join(", ")}`);
  }
  const [key = ""] = ring.keys;
  await waitForReload(cluster, ring, report, pause);
  for (let round = 1; ; round += 1) {
    report(`encrypted ${await cluster.rewriteSecrets()} Secrets with ${key}`);
    const left = [...(await cluster.stored())].filter(([name, count]) => name !== key && count > 0);
    if (left.length === 0) break;
    const which = left.map(([name, count]) => `${count} by ${name}`).join(", ");
    if (round === mostRounds)
      throw new Error(`Secrets in etcd are still encrypted otherwise (${which}); all keys are kept`);
    report(`others were written meanwhile (${which}): once more`);
  }
  const old = ring.keys.slice(1).join(", ");
  ring = await cluster.drop();
  report(`removed ${old}`);
  await waitForReload(cluster, ring, report, pause);
  return key;
}

async function waitForReload(
  cluster: RotatingCluster,
  { hash }: KeyRing,
  report: (line: string) => void,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  report("the API server reads its keys anew within a minute …");
  for (let waited = 0; waited < reloadSeconds; waited += 2) {
    if ((await cluster.loadedHash()) === hash) return;
    await pause(2_000);
  }
  throw new Error(
    `the API server has not read the keys within ${reloadSeconds / 60} minutes; look at ` +
      "`journalctl -u kube-apiserver | grep -i encryption` on the master",
  );
}
