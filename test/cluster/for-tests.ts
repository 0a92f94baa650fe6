import { afterAll, beforeAll } from "vitest";
import { RunningCluster } from "./support.ts";

/**
 * Makes a cluster before the tests that are described around the call, and removes it after them.
 * @returns what gives it, once it is there
 */
export function clusterForTests(start = () => RunningCluster.start()): () => RunningCluster {
  let cluster: RunningCluster | undefined;
  beforeAll(async () => {
    cluster = await start();
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error("no cluster runs");
    return cluster;
  };
}
