import { publicFile, type MachineFile } from "./files";
import { shutdownGracePeriod } from "./kubelet";

/** Sorts behind the names of all packages: the last file that is read decides. */
const last = "zz-kovhernetes";

/**
 * Files against what packages of stock cloud images do to a Kubernetes machine (Debian 12 and 13, Ubuntu 22.04 and 24.04). They are harmless
 * where a package is not installed, and hold when it comes later.
 */
export function stockImageFiles(): readonly MachineFile[] {
  return [
    publicFile(`/etc/systemd/logind.conf.d/${last}.conf`, `[Login]\nInhibitDelayMaxSec=${shutdownGracePeriod}\n`),
    publicFile(`/etc/systemd/resolved.conf.d/${last}.conf`, resolved),
    publicFile(`/etc/systemd/journald.conf.d/${last}.conf`, journald),
    publicFile(`/etc/apt/apt.conf.d/${last}`, unattendedUpgrades),
    publicFile(`/etc/needrestart/conf.d/${last}.conf`, needrestart),
    publicFile(`/etc/multipath/conf.d/${last}.conf`, multipath),
  ];
}

/** Names are asked of DNS servers, never of neighbours, and no port is open for them to ask. */
const resolved = `[Resolve]
LLMNR=no
MulticastDNS=no
`;

/** The default is a tenth of the file system, up to 4 GiB. */
const journald = `[Journal]
RuntimeMaxUse=64M
SystemMaxUse=1G
`;

/** Security updates stay as the image has them. A reboot is the administrator's. */
const unattendedUpgrades = `Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::InstallOnShutdown "false";
`;

/** Ubuntu's restarts by itself whatever uses a library that was replaced. */
const needrestart = `$nrconf{override_rc}{qr(^(containerd|etcd|kube|kovhernetes))} = 0;
`;

/** A virtual disk has one path. A map over it would keep it from being mounted. */
const multipath = `blacklist {
  device {
    vendor QEMU
    product .*
  }
}
`;
