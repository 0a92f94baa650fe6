import type { ReadStack } from "../config/read";
import { onVolume } from "../config/snapshot-schema";
import type { Problem } from "../model/problems";

/** What does not go together between snapshots, restore and volume, and secrets in clear. */
export function snapshotProblems({ values, secretKeys }: ReadStack): readonly Problem[] {
  const { etcdSnapshots: snapshots, etcdRestore: restore, etcdVolume } = values;
  const restoreProblem = (reason: string, remedy: string): Problem[] => [
    { key: "etcdRestore", value: restore ?? "", reason, remedy },
  ];
  // To the engine, an object is a secret when any part of it is, and which one it does not tell: one of two in clear is not seen here.
  return [
    ...(snapshots?.s3 !== undefined && secretKeys?.has("etcdSnapshots") === false
      ? [
          {
            key: "etcdSnapshots.s3",
            value: "(not shown)",
            reason: "has its secretKey and passphrase in clear in the stack's file",
            remedy: "set both with `pulumi config set --path --secret etcdSnapshots.s3.secretKey`, and take new ones",
          },
        ]
      : []),
    ...(restore?.startsWith("s3://") === true && snapshots !== undefined && snapshots.s3 === undefined
      ? restoreProblem("is in object storage, and etcdSnapshots.s3 is not given", "give etcdSnapshots.s3")
      : []),
    ...(restore !== undefined && onVolume.test(restore) && etcdVolume?.enabled === false
      ? restoreProblem("is on etcd's volume, and etcdVolume is off", "give s3://BUCKET/PREFIX/snapshot-TIME.sealed")
      : []),
  ];
}
