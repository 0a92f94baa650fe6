import { publicFile, scriptFile, type MachineFile } from "./files";
import { etcdDevice, etcdStorage, scripts, systemdUnits } from "./paths";
import { commandLine, renderUnit } from "./units";

const formatUnit = "kovhernetes-etcd-format.service";
const growUnit = "kovhernetes-etcd-grow";
const deviceUnit = "dev-kovhernetes-etcd.device";

/**
 * Files that find the etcd volume, format it when it is blank, mount it, and grow its file system with its disk.
 * @param volumeId identifier of the Cinder volume, which Nova gives the disk as its serial number
 */
export function etcdVolumeFiles(volumeId: string): readonly MachineFile[] {
  return [
    ...["format-etcd-volume.sh", "grow-etcd-volume.sh"].map(scriptFile),
    publicFile("/etc/udev/rules.d/90-kovhernetes-etcd.rules", deviceRule(volumeId)),
    publicFile(`${systemdUnits}/${deviceUnit}.d/kovhernetes.conf`, deviceDropIn()),
    publicFile(`${systemdUnits}/${formatUnit}`, formatService()),
    publicFile(`${systemdUnits}/var-lib-etcd.mount`, mount()),
    publicFile(`${systemdUnits}/${growUnit}.service`, growService()),
    publicFile(`${systemdUnits}/${growUnit}.timer`, growTimer()),
  ];
}

/**
 * One name for the disk on every bus: virtio gives the first 20 characters of the serial number as ID_SERIAL, SCSI puts
 * `0QEMU_QEMU_HARDDISK_` before it (60-persistent-storage.rules of systemd).
 */
function deviceRule(volumeId: string): string {
  const serial = volumeId.slice(0, 20);
  const link = etcdDevice.replace("/dev/", "");
  return `ACTION!="remove", SUBSYSTEM=="block", ENV{DEVTYPE}=="disk", ENV{ID_SERIAL}=="${serial}*|*_${serial}*", SYMLINK+="${link}", TAG+="systemd"\n`;
}

/** The volume is attached some time after the machine has booted, and nobody can say how long. */
function deviceDropIn(): string {
  return renderUnit({ Unit: { JobRunningTimeoutSec: "infinity" } });
}

function formatService(): string {
  return renderUnit({
    Unit: {
      Description: "File system on the etcd volume",
      Requires: deviceUnit,
      After: deviceUnit,
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      RemainAfterExit: "yes",
      ExecStart: commandLine(`${scripts}/format-etcd-volume.sh`),
      TimeoutStartSec: "15min",
    },
  });
}

/** Without default dependencies, since those would have the boot itself (local-fs.target) wait for the volume. */
function mount(): string {
  return renderUnit({
    Unit: {
      Description: "etcd volume",
      DefaultDependencies: "no",
      Requires: formatUnit,
      After: formatUnit,
      Conflicts: "umount.target",
      Before: "umount.target",
    },
    Mount: {
      What: etcdDevice,
      Where: etcdStorage,
      Type: "ext4",
      Options: "noatime,nodev,noexec,nosuid",
      TimeoutSec: "5min",
    },
  });
}

function growService(): string {
  return renderUnit({
    Unit: {
      Description: "Size of the file system on the etcd volume",
      RequiresMountsFor: etcdStorage,
      StartLimitIntervalSec: "0",
    },
    Service: {
      Type: "oneshot",
      ExecStart: commandLine(`${scripts}/grow-etcd-volume.sh`),
      TimeoutStartSec: "15min",
      // What it does is logged, and not that there was nothing to do, once a minute.
      SyslogLevel: "notice",
      LogLevelMax: "notice",
      NoNewPrivileges: "yes",
      PrivateTmp: "yes",
      ProtectHome: "yes",
      ProtectSystem: "full",
    },
  });
}

/** The disk grows at any time, and also while the machine is off. */
function growTimer(): string {
  return renderUnit({
    Unit: { Description: "Size of the file system on the etcd volume" },
    Timer: { OnActiveSec: "10s", OnUnitActiveSec: "1min", AccuracySec: "10s" },
  });
}
