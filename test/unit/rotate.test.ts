import { beforeEach, describe, expect, it } from "vitest";
import { readRing, readStored, runningCluster } from "../../commands/rotate/cluster.ts";
import {
  keyOfStored,
  nextKeyName,
  rotateKey,
  type KeyRing,
  type RotatingCluster,
} from "../../commands/rotate/rotate.ts";
import { MachineRoot } from "../support/machine-root";

const ring = (...keys: string[]): KeyRing => ({ keys, hash: `sha256:${keys.join("+")}` });

/** A cluster in memory, with one Secret by each of the names. */
function cluster(start: readonly string[], secrets: readonly string[], writtenMeanwhile: readonly string[] = []) {
  const calls: string[] = [];
  const late = [...writtenMeanwhile];
  let keys = [...start];
  let loaded = ring(...start);
  let stored = [...secrets];
  const change = (name: string, next: string[]): Promise<KeyRing> => {
    calls.push(name);
    keys = next;
    return Promise.resolve(ring(...keys));
  };
  const running: RotatingCluster = {
    show: () => Promise.resolve(ring(...keys)),
    add: (name) => change(`add ${name}`, [name, ...keys]),
    drop: () => change("drop", keys.slice(0, 1)),
    stored: () => {
      const counts = new Map<string, number>();
      for (const key of stored) counts.set(key, (counts.get(key) ?? 0) + 1);
      return Promise.resolve(counts);
    },
    // The API server reads the file a while after it was written.
    loadedHash: () => {
      const seen = loaded.hash;
      loaded = ring(...keys);
      return Promise.resolve(seen);
    },
    rewriteSecrets: () => {
      calls.push(`rewrite with ${loaded.keys[0] ?? ""}`);
      stored = [...stored.map(() => loaded.keys[0] ?? ""), ...late.splice(0, 1)];
      return Promise.resolve(stored.length);
    },
  };
  return { running, calls, stored: () => stored, keys: () => keys };
}

const quiet = (): void => undefined;
const noPause = (): Promise<void> => Promise.resolve();

describe("rotation of the key of Secrets", () => {
  it("adds a key, encrypts all anew once the API server has it, and removes the old one last", async () => {
    const { running, calls, stored, keys } = cluster(["key1"], ["key1", "identity"]);
    expect(await rotateKey(running, quiet, noPause)).toBe("key2");
    expect(calls).toEqual(["add key2", "rewrite with key2", "drop"]);
    expect([stored(), keys()]).toEqual([["key2", "key2"], ["key2"]]);
  });

  it("goes on where it was interrupted, without another key", async () => {
    const { running, calls } = cluster(["key2", "key1"], ["key1", "key2"]);
    expect(await rotateKey(running, quiet, noPause)).toBe("key2");
    expect(calls).toEqual(["rewrite with key2", "drop"]);
  });

  it("does once more what others wrote with the old key meanwhile", async () => {
    const { running, calls } = cluster(["key1"], ["key1"], ["key1"]);
    await rotateKey(running, quiet, noPause);
    expect(calls).toEqual(["add key2", "rewrite with key2", "rewrite with key2", "drop"]);
  });

  it("keeps every key while a Secret needs it", async () => {
    const { running, calls, keys } = cluster(
      ["key1"],
      ["key1"],
      Array.from({ length: 9 }, () => "key1"),
    );
    await expect(rotateKey(running, quiet, noPause)).rejects.toThrow(/1 by key1.*all keys are kept/);
    expect([calls.includes("drop"), keys()]).toEqual([false, ["key2", "key1"]]);
  });

  it("encrypts nothing while the API server has not read the new key", async () => {
    const { running, calls } = cluster(["key1"], ["key1"]);
    const stuck = { ...running, loadedHash: () => Promise.resolve(ring("key1").hash) };
    await expect(rotateKey(stuck, quiet, noPause)).rejects.toThrow("has not read the keys within 5 minutes");
    expect(calls).toEqual(["add key2"]);
  });

  it("keeps every key when it could not look whether anything needs them", async () => {
    const { running, calls } = cluster(["key1"], ["key1"]);
    const cutShort = { ...running, stored: () => Promise.resolve("").then(readStored) };
    await expect(rotateKey(cutShort, quiet, noPause)).rejects.toThrow(/all keys are kept.*run rotate again/);
    expect(calls).toEqual(["add key2", "rewrite with key2"]);
  });

  it("names keys by the number that follows", () => {
    expect(nextKeyName(["key1"])).toBe("key2");
    expect(nextKeyName(["key9", "key10"])).toBe("key11");
    expect(nextKeyName(["mine"])).toBe("key1");
  });
});

describe("what the master says", () => {
  it("is read", () => {
    expect(readRing("key\tkey2\nkey\tkey1\nhash\tsha256:ab\n")).toEqual({ keys: ["key2", "key1"], hash: "sha256:ab" });
  });

  it("tells by which key each Secret is encrypted", () => {
    const value = (text: string): string => `value\t${Buffer.from(text).toString("base64").slice(0, 48)}`;
    const lines = ["k8s:enc:secretbox:v1:key12:\x01\x02", "k8s:enc:secretbox:v1:key12:\x03", "k8s\x00\x0a\x0c"];
    expect([...readStored([...lines.map(value), "complete"].join("\n"))]).toEqual([
      ["key12", 2],
      ["identity", 1],
    ]);
    expect(keyOfStored("k8s:enc:aescbc:v1:old:x")).toBe("old");
  });
});

describe("the script on the master", () => {
  let machine: MachineRoot;

  beforeEach(() => {
    machine = new MachineRoot();
    return () => {
      machine.remove();
    };
  });

  const kubeconfig = JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://nobody.invalid" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
    users: [{ name: "u", user: {} }],
  });

  /** What is stored, as the script finds it, with a stand-in for etcdctl. */
  const stored = (etcdctl: string): Promise<ReadonlyMap<string, number>> => {
    machine.program("opt/kovhernetes/bin/etcdctl", etcdctl);
    return runningCluster(kubeconfig, async (script) => {
      machine.program("opt/kovhernetes/lib/rotate.sh", script);
      const { code, output } = await machine.run("rotate.sh");
      expect(code).toBe(0);
      return output;
    }).stored();
  };
  const value = `"value":"${Buffer.from("k8s:enc:secretbox:v1:key2:\x01\x02\x03".padEnd(90)).toString("base64")}"`;

  it("counts Secrets by their keys, and knows that there are none", async () => {
    expect([...(await stored(`echo '{"kvs":[{${value}},{${value}}],"count":2}'`))]).toEqual([["key2", 2]]);
    expect([...(await stored(`echo '{"header":{"revision":7}}'`))]).toEqual([]);
  });

  it.each([
    ["fails", "echo 'context deadline exceeded' >&2; exit 1"],
    ["fails after a part of its answer", `printf '{"kvs":[{${value}},{"val'; exit 1`],
    ["is killed within its answer", `printf '{"kvs":[{${value}},'; kill -9 $$`],
    ["fails after all of its answer", `echo '{"kvs":[{${value}}]}'; exit 1`],
    ["is not there", "exec /nowhere/etcdctl"],
  ])("takes nothing for stored when etcdctl %s", async (_, etcdctl) => {
    await expect(stored(etcdctl)).rejects.toThrow("did not list every Secret in etcd");
  });
});
