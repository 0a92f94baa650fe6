import type { RecordedMachine } from "../model/recorded";

/**
 * Whether masters that are made now form a cluster of etcd with each other, or have their data from members that run. They form one while nobody can
 * have used it: none is recorded, or those that are were made to form this very one and no update has reached its API. In any other case a master
 * without data that began a cluster would lose what the others have, or make a second one beside it.
 *
 * @param count of masters that the configuration has
 * @param wasReached whether an update has put anything into the cluster
 */
export function etcdFormation(
  recorded: readonly RecordedMachine[],
  count: number,
  wasReached: boolean,
): "new" | "join" {
  const masters = recorded.filter(({ role }) => role === "master");
  return !wasReached && masters.every(({ etcdFounders }) => etcdFounders === count) ? "new" : "join";
}
