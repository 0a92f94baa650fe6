import { publicFile, scriptFile, type MachineFile } from "./files";
import { restoreParameters, scripts } from "./paths";
import { renderEnvironment } from "./units";

/** Runs before etcd starts. */
export const restoreScript = `${scripts}/restore-etcd.sh`;

/**
 * Files that make etcd's data from a snapshot, once.
 * @param snapshot see `Backup.restore`
 * @param membership flags by which etcd says who it is; a restored member has to be the same
 */
export function restoreFiles(
  snapshot: string,
  membership: Readonly<
    Record<"name" | "initial-cluster" | "initial-cluster-token" | "initial-advertise-peer-urls", string>
  >,
): readonly MachineFile[] {
  return [
    scriptFile("restore-etcd.sh"),
    publicFile(
      restoreParameters,
      renderEnvironment({
        SNAPSHOT: snapshot,
        NAME: membership.name,
        INITIAL_CLUSTER: membership["initial-cluster"],
        INITIAL_CLUSTER_TOKEN: membership["initial-cluster-token"],
        PEER_URL: membership["initial-advertise-peer-urls"],
      }),
    ),
  ];
}
