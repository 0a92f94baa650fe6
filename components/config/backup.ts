import type { Backup } from "../model/backup";
import { startEmpty } from "./snapshot-schema";
import type { CompleteStackValues } from "./schema";

/** How the configuration has etcd kept and brought back. */
export function backupOf(values: CompleteStackValues, clusterName: string): Backup {
  const { enabled, intervalHours, keep, s3 } = values.etcdSnapshots;
  return {
    ...(enabled ? { snapshots: { intervalHours, keep } } : {}),
    ...(s3 === undefined ? {} : { storage: { ...s3, prefix: s3.prefix ?? clusterName, keep: s3.keep ?? keep } }),
    ...(values.etcdRestore === undefined || values.etcdRestore === startEmpty ? {} : { restore: values.etcdRestore }),
    ...(values.etcdRestore === startEmpty ? { acceptsLoss: true } : {}),
  };
}
