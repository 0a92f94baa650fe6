import { afterAll, beforeAll, expect, test } from "vitest";
import { ControlPlane } from "../control-plane/support.ts";
import { apiOf, type Send } from "./api";
import { lease, node, pod, running } from "./objects";

const nodes = 1000;
const podsPerNode = 5;
const atOnce = 32;

let plane: ControlPlane;
let send: Send;
beforeAll(async () => {
  plane = await ControlPlane.start({});
  send = apiOf(await plane.administrator());
});
afterAll(async () => {
  await plane.stop();
});

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Bytes that etcd's database has in use; its file grows by leaps. */
async function databaseBytes(): Promise<number> {
  const text = await plane.runScript(
    "set -a; . /etc/kovhernetes/snapshot.env; /opt/kovhernetes/bin/etcdctl endpoint status --write-out=json",
  );
  const [member] = JSON.parse(text) as readonly { readonly Status: { readonly dbSizeInUse: number } }[];
  return member?.Status.dbSizeInUse ?? 0;
}

/** Seconds since a moment. */
const since = (begin: number): number => (performance.now() - begin) / 1000;

/** Sends a request for each number, some at once, and tells the time and what they left in the database. */
async function measured(what: string, count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  const before = await databaseBytes();
  const begin = performance.now();
  const rest = numbers(count)[Symbol.iterator]();
  await Promise.all(
    numbers(atOnce).map(async () => {
      for (const index of rest) await act(index);
    }),
  );
  const seconds = since(begin);
  const bytes = Math.round(((await databaseBytes()) - before) / count);
  console.log(
    `${what}: ${count} in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second, ${bytes} bytes each`,
  );
}

test("a thousand nodes with their leases and pods", async () => {
  const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const pods = "/api/v1/namespaces/default/pods";
  await send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
  await send("POST", "/api/v1/namespaces", { metadata: { name: "kube-node-lease" } }).catch((error: unknown) => {
    // The API server makes it too, in its own time.
    if (!String(error).includes("AlreadyExists")) throw error;
  });
  await measured("nodes", nodes, (index) => send("POST", "/api/v1/nodes", node(index)));
  const versions: string[] = [];
  const versionOf = (answer: string): string =>
    (JSON.parse(answer) as { readonly metadata: { readonly resourceVersion: string } }).metadata.resourceVersion;
  await measured("leases", nodes, async (index) => {
    versions[index] = versionOf(await send("POST", leases, lease(index)));
  });
  for (const round of [1, 2, 3]) {
    await measured(`leases, renewed (${round})`, nodes, async (index) => {
      const renewed = lease(index);
      const metadata = { ...renewed.metadata, resourceVersion: versions[index] };
      versions[index] = versionOf(await send("PUT", `${leases}/${metadata.name}`, { ...renewed, metadata }));
    });
  }
  await measured("pods, created", nodes * podsPerNode, (index) => send("POST", pods, pod(index, nodes)));
  await measured("pods, running", nodes * podsPerNode, (index) => {
    const body = running(index, nodes);
    return send("PUT", `${pods}/${body.metadata.name}/status`, body);
  });
  for (const [list, count] of [["/api/v1/nodes", nodes] as const, ["/api/v1/pods", nodes * podsPerNode] as const]) {
    const begin = performance.now();
    const text = await send("GET", list);
    const seconds = since(begin);
    expect((JSON.parse(text) as { readonly items: readonly unknown[] }).items).toHaveLength(count);
    console.log(
      `GET ${list}: ${count} in ${seconds.toFixed(2)} s, ${Math.round(text.length / count)} bytes of JSON each`,
    );
  }
  console.log(`database: ${((await databaseBytes()) / 2 ** 20).toFixed(1)} MiB in use`);
});
