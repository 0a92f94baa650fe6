import { publicFile, scriptFile, secretFile, withFinalNewline, type MachineFile } from "./files";
import type { MasterDescription } from "./machine";
import type { Backup, ObjectStorage } from "../components/model/backup";
import {
  etcdPki,
  etcdStorage,
  objectStorageSettings,
  scripts,
  snapshotParameters,
  snapshotPassphrase,
  systemdUnits,
} from "./paths";
import { commandLine, renderEnvironment, renderUnit } from "./units";

const unit = "kovhernetes-etcd-snapshot";

/** Commands that sealing and storing snapshots call, with their packages. cloud-init is written in Python. */
export const storageCommands: Readonly<Record<string, string>> = { openssl: "openssl", python3: "python3" };

/** Files that take snapshots of etcd by a timer, keep them, store them elsewhere and bring them back. */
export function snapshotFiles({ backup }: MasterDescription): readonly MachineFile[] {
  const { snapshots, storage } = backup;
  return [
    // Also for a restore, and for the drill that an administrator runs.
    ...["check-snapshot.sh", "fetch-snapshot.sh"].map(scriptFile),
    publicFile(snapshotParameters, parameters(backup)),
    ...(storage === undefined ? [] : storageFiles(storage)),
    ...(snapshots === undefined
      ? []
      : [
          ...["take-snapshot.sh", "upload-snapshots.sh"].map(scriptFile),
          publicFile(`${systemdUnits}/${unit}.service`, service()),
          publicFile(`${systemdUnits}/${unit}.timer`, timer(snapshots.intervalHours)),
        ]),
  ];
}

/** `ETCDCTL_…` is what etcdctl itself reads. */
function parameters({ snapshots, storage }: Backup): string {
  return renderEnvironment({
    KEEP: String(snapshots?.keep ?? 0),
    STORAGE_KEEP: String(storage?.keep ?? 0),
    ETCDCTL_ENDPOINTS: "https://127.0.0.1:2379",
    ETCDCTL_CACERT: `${etcdPki}/ca.crt`,
    ETCDCTL_CERT: `${etcdPki}/health-client.crt`,
    ETCDCTL_KEY: `${etcdPki}/health-client.key`,
  });
}

/**
 * The client signs for itself, with Python's standard library: curl before 7.87 does not sign requests for S3 as S3 wants it
 * (github.com/curl/curl/issues/8810), and no secret may stand in a command line. Its uploads carry `Content-MD5`, which buckets with object lock
 * and a default retention demand (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
 */
function storageFiles(storage: ObjectStorage): readonly MachineFile[] {
  const { endpoint, region, bucket, prefix, accessKey, secretKey, passphrase } = storage;
  const settings = { endpoint, region, bucket, prefix, accessKey, secretKey };
  return [
    ...["object-storage.py", "authenticate.py"].map(scriptFile),
    secretFile(objectStorageSettings, `${JSON.stringify(settings, null, 2)}\n`),
    secretFile(snapshotPassphrase, withFinalNewline(passphrase)),
  ];
}

function service(): string {
  return renderUnit({
    Unit: {
      Description: "Snapshot of etcd",
      Wants: "network-online.target",
      After: "etcd.service network-online.target",
      RequiresMountsFor: etcdStorage,
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      ExecStart: commandLine(`${scripts}/take-snapshot.sh`),
      // Behind everything that the cluster does.
      Nice: "10",
      IOSchedulingClass: "idle",
      TimeoutStartSec: "6h",
      NoNewPrivileges: "yes",
      PrivateTmp: "yes",
      ProtectHome: "yes",
      ProtectSystem: "full",
    },
  });
}

/** systemd.time(7): from midnight, UTC. A machine that was off at the time takes its snapshot when it is back. */
function timer(intervalHours: number): string {
  const hours = intervalHours === 24 ? "00" : `00/${intervalHours}`;
  return renderUnit({
    Unit: { Description: "Snapshots of etcd" },
    Timer: {
      OnCalendar: `*-*-* ${hours}:00:00 UTC`,
      Persistent: "yes",
      // Clusters of one storage need not all come at once.
      RandomizedDelaySec: "10min",
    },
  });
}
